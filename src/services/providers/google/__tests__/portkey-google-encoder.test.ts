import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../core/json.ts';
import { collectAnswer } from '../../../chat/collect-answer.ts';
import { createGoogleDecoder } from '../google-decoder.ts';
import { createPortkeyGoogleEncoder } from '../portkey-google-encoder.ts';

const usageMetadata = {
  promptTokenCount: 5,
  candidatesTokenCount: 2,
  thoughtsTokenCount: 3,
  totalTokenCount: 10,
};

function saying(parts: JsonValue, more: JsonObject = {}): JsonObject {
  return { candidates: [{ content: { parts }, ...more }], modelVersion: 'gemini-x' };
}

function chunksOf(...events: JsonObject[]): readonly JsonObject[] {
  const decoder = createGoogleDecoder('portkey');
  const encoder = createPortkeyGoogleEncoder(7);
  return [
    ...events.flatMap((event) => encoder.encodeEvent(decoder.decodeEvent(event))),
    ...encoder.encodeEnd(),
  ];
}

function choicesOf(...events: JsonObject[]) {
  return chunksOf(...events).map(({ choices }) => choices);
}

function documentOf(document: JsonObject): JsonObject {
  return createPortkeyGoogleEncoder(7).encodeDocument(
    collectAnswer(createGoogleDecoder('portkey').decodeDocument(document)),
  );
}

const rain = { functionCall: { name: 'rain', id: 'g1', args: { city: 'Rome' } }, thoughtSignature: 'c2ln' };
const snow = { functionCall: { name: 'snow' } };
const portkeyId = expect.stringMatching(/^portkey-[0-9a-f-]{36}$/);
const calledRain = {
  id: portkeyId,
  type: 'function',
  function: { name: 'rain', arguments: '{"city":"Rome"}' },
  extra_content: { google: { thought_signature: 'c2ln' } },
};
const calledSnow = { id: portkeyId, type: 'function', function: { name: 'snow', arguments: '{}' } };

describe('a stream as Portkey writes it', () => {
  it('has a chunk an event, one id, the role in each, and the usage wherever candidates are counted', () => {
    const last = { ...saying([{ text: 'c' }], { finishReason: 'STOP' }), usageMetadata };
    const [first, second] = chunksOf(saying([{ text: 'a' }, { text: 'b' }]), last);
    expect(first).toEqual({
      id: expect.stringMatching(/^google-\d+$/),
      object: 'chat.completion.chunk',
      created: 7,
      model: 'gemini-x',
      provider: 'google',
      choices: [{ delta: { role: 'assistant', content: 'ab' }, index: 0, finish_reason: null }],
    });
    expect(second).toMatchObject({
      id: first?.id,
      choices: [{ delta: { role: 'assistant', content: 'c' }, index: 0, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: 5,
        completion_tokens: 2,
        total_tokens: 10,
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    });
  });

  it('withholds thoughts, and has an empty text in their place', () => {
    expect(choicesOf(saying([{ text: 'Hm.', thought: true }]))).toEqual([
      [{ delta: { role: 'assistant', content: '' }, index: 0, finish_reason: null }],
    ]);
  });

  it('goes on behind a content without parts', () => {
    const empty = { candidates: [{ content: {}, finishReason: 'MAX_TOKENS' }], usageMetadata };
    expect(choicesOf(empty)).toEqual([
      [{ delta: { role: 'assistant', content: '' }, index: 0, finish_reason: 'length' }],
    ]);
  });

  it('has all calls of all events on indexes of their own, and ends with stop', () => {
    const [, second] = choicesOf(saying([rain]), saying([snow, rain], { finishReason: 'STOP' }));
    expect(second).toEqual([
      {
        delta: {
          role: 'assistant',
          tool_calls: [
            { index: 1, ...calledSnow },
            { index: 2, ...calledRain },
          ],
        },
        index: 0,
        finish_reason: 'stop',
      },
    ]);
  });

  it('has calls behind a text, and a text behind calls', () => {
    const delta = { role: 'assistant', content: 'I look.', tool_calls: [{ index: 0, ...calledRain }] };
    expect(choicesOf(saying([{ text: 'I look.' }, rain]))).toEqual([
      [{ delta, index: 0, finish_reason: null }],
    ]);
    expect(choicesOf(saying([rain, { text: 'I look.' }]))).toEqual([
      [{ delta, index: 0, finish_reason: null }],
    ]);
  });

  it('has the arguments of a call that come in pieces behind it', () => {
    const begun = saying([{ functionCall: { name: 'rain', willContinue: true } }]);
    const piece = { jsonPath: '$.city', stringValue: 'Rome' };
    const ended = saying([{ functionCall: { partialArgs: [piece] } }]);
    const [first, second] = choicesOf(begun, ended);
    expect(first).toMatchObject([
      { delta: { tool_calls: [{ index: 0, function: { name: 'rain', arguments: '' } }] } },
    ]);
    expect(second).toMatchObject([
      { delta: { tool_calls: [{ index: 0, function: { arguments: '{"city":"Rome"}' } }] } },
    ]);
  });

  it('has images as blocks, counted behind the thoughts', () => {
    const image = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
    const block = { delta: { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } } };
    expect(choicesOf(saying([image]))).toMatchObject([
      [{ delta: { content_blocks: [{ index: 0, ...block }] } }],
    ]);
    expect(choicesOf(saying([{ text: 'Hm.', thought: true }]), saying([image]))[1]).toMatchObject([
      { delta: { content_blocks: [{ index: 1, ...block }] } },
    ]);
  });

  it('leaves errors to whoever ends the stream', () => {
    expect(chunksOf({ error: { code: 500, message: 'x', status: 'INTERNAL' } })).toEqual([]);
  });
});

describe('a document as Portkey writes it', () => {
  it('has the counts by Portkey’s definitions, zeros for those that are not there', () => {
    const details = [
      { modality: 'AUDIO', tokenCount: 4 },
      { modality: 'TEXT', tokenCount: 1 },
    ];
    const counted = { ...usageMetadata, promptTokensDetails: details, cachedContentTokenCount: 1 };
    expect(
      documentOf({ ...saying([{ text: 'Yes' }], { finishReason: 'STOP' }), usageMetadata: counted }),
    ).toEqual({
      id: portkeyId,
      object: 'chat.completion',
      created: 7,
      model: 'gemini-x',
      provider: 'google',
      choices: [{ message: { role: 'assistant', content: 'Yes' }, index: 0, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: 5,
        completion_tokens: 2,
        total_tokens: 10,
        completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 0 },
        prompt_tokens_details: { cached_tokens: 1, audio_tokens: 4 },
      },
    });
  });

  it('has no usage where Gemini counts nothing', () => {
    expect(documentOf(saying([{ text: 'Yes' }]))).not.toHaveProperty('usage');
  });

  it('has no content where there is no text, and ends calls with stop', () => {
    expect(documentOf(saying([rain, snow], { finishReason: 'STOP' })).choices).toEqual([
      {
        message: { role: 'assistant', tool_calls: [calledRain, calledSnow] },
        index: 0,
        finish_reason: 'stop',
      },
    ]);
  });

  it('has images and log probabilities', () => {
    const logprobsResult = { chosenCandidates: [{ token: 'a', logProbability: -1 }] };
    const image = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
    expect(documentOf(saying([{ text: 'a' }, image], { logprobsResult })).choices).toEqual([
      {
        message: {
          role: 'assistant',
          content: 'a',
          content_blocks: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
        },
        logprobs: { content: [{ token: 'a', logprob: -1, bytes: [97] }] },
        index: 0,
        finish_reason: 'stop',
      },
    ]);
  });

  it.each([
    ['RECITATION', 'stop'],
    ['OTHER', 'stop'],
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['SOMETHING_NEW', 'stop'],
    ['constructor', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter'],
  ])('calls %s %s', (raw, reason) => {
    expect(documentOf({ candidates: [{ finishReason: raw }] }).choices).toMatchObject([
      { finish_reason: reason },
    ]);
  });
});
