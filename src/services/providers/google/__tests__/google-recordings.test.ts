import { describe, expect, it } from 'vitest';
import { readEvents } from '../../../../../test/support/event-stream.ts';
import { type RecordedExchange, readExchanges } from '../../../../../test/support/recorded-exchange.ts';
import {
  HAS_RECORDINGS,
  indexedRecordings,
  MISSING_RECORDINGS,
} from '../../../../../test/support/recordings.ts';
import { type CollectedAnswer, collectAnswer } from '../../../chat/collect-answer.ts';
import { createGoogleDecoder } from '../google-decoder.ts';
import { readGoogleError } from '../google-error.ts';

const exchanges = indexedRecordings()
  .filter(({ path }) => path.startsWith('gemini/'))
  .flatMap(readExchanges);
const isAnswer = ({ path = ':generateContent', file }: RecordedExchange) =>
  /:(streamGenerateContent|generateContent)/.test(path) && !/embeddings|models-list|count-tokens/.test(file);
const answers = exchanges.filter((exchange) => exchange.status === 200 && isAnswer(exchange));
const errors = exchanges.filter(({ status }) => status >= 400);

function decode({ body, isStream }: RecordedExchange): CollectedAnswer {
  const decoder = createGoogleDecoder('openai');
  if (!isStream) return collectAnswer(decoder.decodeDocument(JSON.parse(body.toString('utf8'))));
  // Some recordings lack the blank line behind their last event.
  const events = readEvents(Buffer.concat([body, Buffer.from('\n\n')]));
  return collectAnswer(events.flatMap(({ data }) => decoder.decodeEvent(JSON.parse(data))));
}

/** The answer of the one recording, or of its exchange at the position. */
function recorded(name: string, index = 0): CollectedAnswer {
  const exchange = answers.filter(({ file }) => file.startsWith(`gemini/${name}.`))[index];
  if (exchange === undefined) throw new Error(`There is no recording ${name}.`);
  return decode(exchange);
}

describe.skipIf(!HAS_RECORDINGS)(`recorded answers of Gemini${MISSING_RECORDINGS}`, () => {
  it.each(answers.map((exchange) => [exchange.file, exchange.index, exchange] as const))(
    'is read to its end: %s %i',
    (file, _, exchange) => {
      const answer = decode(exchange);
      if (file.includes('prompt-blocked')) {
        expect(answer).toMatchObject({ choices: [], error: { code: 'content_filter' } });
        return;
      }
      expect(answer.error).toBeUndefined();
      expect(answer.choices.length).toBeGreaterThan(0);
      for (const choice of answer.choices) {
        expect(choice.finishReason).toBeDefined();
        for (const call of choice.toolCalls) expect(JSON.parse(call.arguments)).toBeTypeOf('object');
      }
    },
  );

  it('have all calls in order, with their arguments from pieces', () => {
    const [choice] = recorded('stream-function-call-partial-args').choices;
    expect(choice?.finishReason).toBe('tool_calls');
    expect(choice?.toolCalls.map((call) => [call.name, call.arguments])).toEqual([
      ['getWeather', '{"location":"Boston"}'],
      ['getWeather', '{"location":"San Francisco"}'],
    ]);
    expect(choice?.toolCalls[0]?.extra).toHaveProperty('google.thought_signature');
  });

  it('have parallel calls from several events with Gemini’s ids, the signature on the first', () => {
    const [choice] = recorded('stream-function-call-parallel').choices;
    expect(choice?.finishReason).toBe('tool_calls');
    expect(choice?.toolCalls.length).toBeGreaterThan(1);
    expect(choice?.toolCalls.map(({ extra }) => extra !== undefined)).toEqual([true, false]);
    expect(new Set(choice?.toolCalls.map(({ id }) => id)).size).toBe(choice?.toolCalls.length);
  });

  it('keep the arguments of a call whole: none, and null', () => {
    expect(recorded('function-call-no-args').choices[0]?.toolCalls[0]?.arguments).toBe('{}');
    expect(recorded('function-call-null-arg').choices[0]?.toolCalls[0]?.arguments).toContain('null');
  });

  it('keep the signature of an empty text', () => {
    expect(recorded('stream-reasoning-signature-empty-text').choices[0]?.extraContent).toHaveProperty(
      'google.thought_signature',
    );
  });

  it('tell thoughts from text', () => {
    const [choice] = recorded('stream-thought-summary').choices;
    expect(choice?.reasoning).not.toBe('');
    expect(choice?.text).not.toContain(choice?.reasoning);
  });

  it.each([
    ['max-tokens', 'length'],
    ['stream-max-tokens', 'length'],
    ['finish-safety-empty-content', 'content_filter'],
    ['stream-finish-safety', 'content_filter'],
    ['generate-text', 'stop'],
    ['stream-text', 'stop'],
    ['function-call-parallel', 'tool_calls'],
  ])('end as recorded: %s with %s', (name, reason) => {
    expect(recorded(name).choices[0]?.finishReason).toBe(reason);
  });

  it('have their sources as annotations and whole', () => {
    const [grounded] = recorded('search-grounding').choices;
    expect(grounded?.annotations.length).toBeGreaterThan(0);
    expect(grounded?.providerFields).toHaveProperty('groundingMetadata.groundingChunks');
    expect(recorded('stream-citations').choices[0]?.annotations.length).toBeGreaterThan(0);
    expect(recorded('url-context').choices[0]?.providerFields).toHaveProperty('urlContextMetadata');
  });

  it('have the code that Gemini ran beside the text', () => {
    const [choice] = recorded('stream-code-execution').choices;
    expect(JSON.stringify(choice?.providerFields?.parts)).toContain('executableCode');
  });

  it('have log probabilities in OpenAI’s form', () => {
    expect(recorded('logprobs').choices[0]?.logprobs[0]).toMatchObject({
      token: 'Hello',
      bytes: [...Buffer.from('Hello')],
      top_logprobs: [{ token: 'Hello' }, { token: '"' }],
    });
  });

  it('count thoughts with the completion, and what Gemini’s tools read with the prompt', () => {
    expect(recorded('stream-function-call-partial-args').usage).toEqual({
      prompt: 26,
      completion: 155,
      cached: 0,
      reasoning: 132,
    });
    expect(recorded('implicit-cache-usage').usage?.cached).toBeGreaterThan(0);
  });

  it.each(errors.map((exchange) => [exchange.file, exchange] as const))(
    'have errors that are read: %s',
    (_, exchange) => {
      const document = JSON.parse(exchange.body.toString('utf8'));
      expect(readGoogleError(document, 'openai')?.message).not.toBe('');
      expect(readGoogleError([document], 'portkey')).toMatchObject({
        code: exchange.status,
        type: expect.stringMatching(/^[A-Z_]+$/),
      });
    },
  );

  it('take a key that Google refuses for a matter of authentication', () => {
    const refused = errors.find(({ file }) => file.includes('invalid-key'));
    expect(readGoogleError(JSON.parse(String(refused?.body)), 'openai')).toMatchObject({
      type: 'authentication_error',
      code: 'invalid_api_key',
    });
  });
});
