import { describe, expect, it, vi } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../core/json.ts';
import type { StreamPart } from '../../../../core/stream-part.ts';
import { createGoogleDecoder } from '../google-decoder.ts';

function saying(parts: JsonValue, more: JsonObject = {}): JsonObject {
  return { candidates: [{ content: { role: 'model', parts }, ...more }] };
}

function partsOf(...events: JsonValue[]): readonly StreamPart[] {
  const decoder = createGoogleDecoder('openai');
  return events.flatMap((event) => decoder.decodeEvent(event));
}

const call = (name: string, more: JsonObject = {}, beside: JsonObject = {}) => ({
  functionCall: { name, ...more },
  ...beside,
});

describe('text and thoughts', () => {
  it('come apart, under the head of the answer, which is said once', () => {
    const head = { responseId: 'r1', modelVersion: 'gemini-2.5-flash-001' };
    const thought = { ...saying([{ text: 'Hm.', thought: true }]), ...head };
    const text = { ...saying([{ text: 'Yes' }, { text: '!' }]), ...head };
    expect(partsOf(thought, text)).toEqual([
      { type: 'response-start', id: 'r1', model: 'gemini-2.5-flash-001' },
      { type: 'reasoning-delta', choice: 0, text: 'Hm.' },
      { type: 'text-delta', choice: 0, text: 'Yes' },
      { type: 'text-delta', choice: 0, text: '!' },
    ]);
  });

  it('keep a signature, even of a text that is empty', () => {
    expect(partsOf(saying([{ text: '', thoughtSignature: 'c2ln' }]))).toEqual([
      { type: 'extra-content', choice: 0, content: { google: { thought_signature: 'c2ln' } } },
    ]);
  });

  it.each<[string, JsonValue]>([
    ['a content without parts', { candidates: [{ content: { role: 'model' } }] }],
    ['a candidate without content', { candidates: [{}] }],
    ['an empty text', saying([{ text: '' }])],
    ['an empty part', saying([{}])],
  ])('are none in %s', (_, event) => {
    expect(partsOf(event)).toEqual([{ type: 'no-output', choice: 0 }]);
  });

  it('go to their candidate, whose index is left out where it is 0', () => {
    const both = [{ content: { parts: [{ text: 'a' }] } }, { index: 1, content: { parts: [{ text: 'b' }] } }];
    const late = { candidates: [{ index: 1, content: { parts: [{ text: 'c' }] }, finishReason: 'STOP' }] };
    expect(partsOf({ candidates: both }, late)).toEqual([
      { type: 'text-delta', choice: 0, text: 'a' },
      { type: 'text-delta', choice: 1, text: 'b' },
      { type: 'text-delta', choice: 1, text: 'c' },
      { type: 'finish', choice: 1, reason: 'stop', raw: 'STOP' },
    ]);
  });
});

describe('calls', () => {
  it('are counted over all events, with Gemini’s id or a fresh one, and the signature they must bring back', () => {
    const first = saying([call('rain', { args: { city: 'Rome' } }, { thoughtSignature: 'c2ln' })]);
    const second = saying([call('snow', { id: 'g2' }), call('hail', { args: {} })]);
    expect(partsOf(first, second)).toEqual([
      {
        type: 'tool-call-start',
        choice: 0,
        index: 0,
        id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
        name: 'rain',
        extra: { google: { thought_signature: 'c2ln' } },
      },
      { type: 'tool-call-delta', choice: 0, index: 0, arguments: '{"city":"Rome"}' },
      { type: 'tool-call-start', choice: 0, index: 1, id: 'g2', name: 'snow', extra: undefined },
      { type: 'tool-call-delta', choice: 0, index: 1, arguments: '{}' },
      expect.objectContaining({ type: 'tool-call-start', index: 2, name: 'hail' }),
      { type: 'tool-call-delta', choice: 0, index: 2, arguments: '{}' },
    ]);
  });

  const argumentsOf = (pieces: readonly JsonValue[], ...ends: JsonValue[]) => {
    const inPieces = (partialArgs: JsonValue) =>
      saying([{ functionCall: { partialArgs: [partialArgs], willContinue: true } }]);
    const events = [saying([call('trip', { willContinue: true })]), ...pieces.map(inPieces), ...ends];
    return partsOf(...events).flatMap((part) =>
      part.type === 'tool-call-delta' ? [JSON.parse(part.arguments)] : [],
    );
  };
  const end = saying([{ functionCall: {} }]);

  it('are put together from the pieces of their arguments, wherever these belong', () => {
    const pieces = [
      { jsonPath: '$.from', stringValue: 'Ro', willContinue: true },
      { jsonPath: '$.from', stringValue: 'me' },
      { jsonPath: '$.stops[0].name', stringValue: 'Pisa' },
      { jsonPath: '$.stops[1].name', stringValue: 'Nice' },
      { jsonPath: '$.stops[1].nights', numberValue: 2 },
      { jsonPath: "$['by train']", boolValue: true },
      { jsonPath: '$.back', nullValue: 'NULL_VALUE' },
      { jsonPath: '$.__proto__.polluted', boolValue: true },
      { jsonPath: 7 },
      'nothing',
    ];
    const [arguments_] = argumentsOf(pieces, end);
    expect(JSON.stringify(arguments_)).toBe(
      '{"from":"Rome","stops":[{"name":"Pisa"},{"name":"Nice","nights":2}],"by train":true,"back":null,"__proto__":{"polluted":true}}',
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('are closed by the next call or the end where Gemini does not close them', () => {
    const piece = { jsonPath: '$.from', stringValue: 'Rome' };
    expect(argumentsOf([piece], saying([call('rain', { args: { a: 1 } })]))).toEqual([
      { from: 'Rome' },
      { a: 1 },
    ]);
    expect(argumentsOf([piece], { candidates: [{ finishReason: 'STOP' }] })).toEqual([{ from: 'Rome' }]);
  });

  it('without a name and without a beginning are none', () => {
    expect(partsOf(end)).toEqual([{ type: 'no-output', choice: 0 }]);
  });
});

describe('what else a model makes', () => {
  it('is an image as a data URL', () => {
    expect(partsOf(saying([{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }]))).toEqual([
      { type: 'image', choice: 0, url: 'data:image/png;base64,AAAA' },
    ]);
  });

  it('is no image where it was drawn as the model thought, unless clients know it as one', () => {
    const inlineData = { mimeType: 'image/png', data: 'AAAA' };
    const draft = saying([{ thought: true, inlineData }], { finishReason: 'OTHER' });
    expect(partsOf(draft)).toEqual([
      { type: 'provider-fields', choice: 0, fields: { parts: [{ thought: true, inlineData }] } },
      { type: 'error', code: 'other', message: 'The model gave no answer (OTHER).' },
    ]);
    expect(createGoogleDecoder('portkey').decodeEvent(draft)).toEqual([
      { type: 'image', choice: 0, url: 'data:image/png;base64,AAAA' },
      { type: 'finish', choice: 0, reason: 'stop', raw: 'OTHER' },
    ]);
  });

  it.each<[string, JsonObject]>([
    ['code that Gemini ran', { executableCode: { language: 'PYTHON', code: '1+1' } }],
    ['what came of it', { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '2' } }],
    ['speech', { inlineData: { mimeType: 'audio/L16', data: 'AAAA' } }],
  ])('is passed on as it is: %s', (_, part) => {
    expect(partsOf(saying([part]))).toEqual([
      { type: 'provider-fields', choice: 0, fields: { parts: [part] } },
    ]);
  });

  it('is log probabilities with the bytes of their tokens', () => {
    const logprobsResult = {
      chosenCandidates: [{ token: 'é', logProbability: -0.5, tokenId: 7 }],
      topCandidates: [
        {
          candidates: [
            { token: 'é', logProbability: -0.5 },
            { token: 'e', logProbability: -1 },
          ],
        },
      ],
    };
    expect(partsOf({ candidates: [{ logprobsResult }] })).toEqual([
      {
        type: 'logprobs',
        choice: 0,
        content: [
          {
            token: 'é',
            logprob: -0.5,
            bytes: [195, 169],
            top_logprobs: [
              { token: 'é', logprob: -0.5, bytes: [195, 169] },
              { token: 'e', logprob: -1, bytes: [101] },
            ],
          },
        ],
      },
    ]);
  });
});

describe('sources', () => {
  const web = { uri: 'https://a.example', title: 'A' };
  const groundingMetadata = {
    groundingChunks: [{ web }, { web: { uri: 'https://b.example' } }],
    groundingSupports: [{ segment: { startIndex: 2, endIndex: 4 }, groundingChunkIndices: [0, 1, 9] }],
  };

  it('are annotations, counted in characters where Gemini counts bytes, and said once', () => {
    const grounded = saying([{ text: 'é' }], { groundingMetadata });
    const annotations = partsOf(saying([{ text: 'é' }]), grounded, grounded).filter(
      ({ type }) => type === 'annotation',
    );
    const place = { start_index: 1, end_index: 2 };
    expect(annotations.map((part) => part.type === 'annotation' && part.annotation)).toEqual([
      { type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A', ...place } },
      { type: 'url_citation', url_citation: { url: 'https://b.example', title: '', ...place } },
    ]);
  });

  it('are passed on whole beside it', () => {
    expect(partsOf({ candidates: [{ groundingMetadata, urlContextMetadata: {} }] })).toContainEqual({
      type: 'provider-fields',
      choice: 0,
      fields: { groundingMetadata },
    });
  });

  it('are looked for without going through all of the text at each event', () => {
    const read = vi.spyOn(Buffer, 'from');
    const metadata = { groundingMetadata: { webSearchQueries: ['fig'] }, citationMetadata: {} };
    partsOf(...Array.from({ length: 20 }, () => saying([{ text: 'fig ' }], metadata)));
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
  });

  it.each(['citationSources', 'citations'])('are read from %s, too', (name) => {
    const citationMetadata = {
      [name]: [{ startIndex: 1, endIndex: 3, uri: 'https://a.example' }, { endIndex: 1 }],
    };
    expect(partsOf(saying([{ text: 'abc' }], { citationMetadata }))[1]).toEqual({
      type: 'annotation',
      choice: 0,
      annotation: {
        type: 'url_citation',
        url_citation: { url: 'https://a.example', title: '', start_index: 1, end_index: 3 },
      },
    });
  });
});

describe('the end of a candidate', () => {
  const finishOf = (parts: JsonValue, finishReason: string) =>
    partsOf(saying(parts, { finishReason })).at(-1);
  const text = [{ text: 'Yes' }];
  const calls = [call('rain')];

  it.each([
    ['STOP', text, 'stop'],
    ['STOP', [], 'stop'],
    ['STOP', calls, 'tool_calls'],
    ['MAX_TOKENS', [], 'length'],
    ['MAX_TOKENS', calls, 'length'],
    ['SAFETY', [], 'content_filter'],
    ['RECITATION', text, 'content_filter'],
    ['LANGUAGE', text, 'content_filter'],
    ['BLOCKLIST', text, 'content_filter'],
    ['PROHIBITED_CONTENT', text, 'content_filter'],
    ['SPII', text, 'content_filter'],
    ['IMAGE_SAFETY', text, 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', text, 'stop'],
    ['MALFORMED_FUNCTION_CALL', calls, 'tool_calls'],
    ['OTHER', text, 'stop'],
    ['SOMETHING_NEW', text, 'stop'],
    ['constructor', text, 'stop'],
  ])('%s behind %j is %s', (raw, parts, reason) => {
    expect(finishOf(parts, raw)).toEqual({ type: 'finish', choice: 0, reason, raw });
  });

  it.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'OTHER', 'SOMETHING_NEW', 'toString'])(
    '%s behind nothing but thoughts is an error, or a plain end where that is what clients know',
    (raw) => {
      const thoughts = saying([{ text: 'Hm.', thought: true }], { finishReason: raw });
      expect(partsOf(thoughts).at(-1)).toMatchObject({ type: 'error', code: raw.toLowerCase() });
      expect(createGoogleDecoder('portkey').decodeEvent(thoughts).at(-1)).toMatchObject({
        type: 'finish',
        reason: 'stop',
      });
    },
  );

  it('says why it came where Gemini does', () => {
    const blocked = [{ category: 'HARM_CATEGORY_HARASSMENT', probability: 'HIGH', blocked: true }];
    const candidate = { finishReason: 'SAFETY', finishMessage: 'Unsafe.', safetyRatings: blocked };
    expect(partsOf({ candidates: [candidate] })[0]).toEqual({
      type: 'provider-fields',
      choice: 0,
      fields: { finishMessage: 'Unsafe.', safetyRatings: blocked },
    });
  });

  it('is not the end of the stream: counts may still come', () => {
    const usageMetadata = {
      promptTokenCount: 5,
      candidatesTokenCount: 2,
      thoughtsTokenCount: 3,
      totalTokenCount: 10,
    };
    expect(partsOf(saying(text, { finishReason: 'STOP' }), { usageMetadata }).at(-1)).toEqual({
      type: 'usage',
      usage: { prompt: 5, completion: 5, cached: 0, reasoning: 3 },
      raw: usageMetadata,
    });
  });
});

describe('failures', () => {
  it('are a prompt that was blocked', () => {
    expect(partsOf({ promptFeedback: { blockReason: 'SAFETY' } })).toEqual([
      { type: 'error', code: 'content_filter', message: 'The provider blocked the prompt (SAFETY).' },
    ]);
  });

  it('are no ratings of a prompt that was not', () => {
    expect(partsOf({ promptFeedback: { safetyRatings: [] } })).toEqual([]);
  });

  it('are errors in the middle of a stream', () => {
    const error = { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' };
    expect(partsOf({ error })).toEqual([
      { type: 'error', code: 'service_unavailable', message: 'The model is overloaded.' },
    ]);
  });

  it.each([[{}], [{ candidates: [] }], ['text'], [null]])(
    'are documents that hold no answer: %j',
    (document) => {
      expect(createGoogleDecoder('portkey').decodeDocument(document)).toEqual([
        expect.objectContaining({ type: 'error', code: 'upstream_invalid_response' }),
      ]);
    },
  );

  it('are no events that say nothing', () => {
    expect(partsOf({}, 'text', null, [])).toEqual([]);
  });
});
