import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { callFor } from '../../../../test/support/provider-call.ts';
import { HAS_RECORDINGS, MISSING_RECORDINGS, readRecording } from '../../../../test/support/recordings.ts';
import type { CallOutcome } from '../../../core/call-outcome.ts';
import type { Generated } from '../../../core/generated.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import { createEncodings, encodingOf } from '../encodings.ts';
import { RequestCount } from '../request-count.ts';
import { createTokenCounter } from '../token-counter.ts';

const said = (...texts: string[]): Generated => ({ texts, length: texts.join('').length, calls: 0 });
const usageOf = (prompt: number, completion: number) => ({ prompt, completion, cached: 0, reasoning: 0 });
const HELLO = callFor({
  body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello there' }] },
});

const expectedSchema = z.object({
  encodings: z.array(
    z.object({
      encoding: z.enum(['o200k_base', 'cl100k_base', 'p50k_base', 'r50k_base']),
      text: z.string(),
      count: z.number(),
    }),
  ),
  chat_prompt_tokens: z.array(
    z.object({
      messages: z.array(z.record(z.string(), z.string())),
      prompt_tokens_reported_by_openai_api: z.record(z.string(), z.number()),
    }),
  ),
});
const expected = HAS_RECORDINGS
  ? expectedSchema.parse(JSON.parse(readRecording('openai/token-count-messages.json').toString('utf8')))
  : { encodings: [], chat_prompt_tokens: [] };

describe('encodingOf', () => {
  it.each([
    ['gpt-4o-mini-2024-07-18', 'o200k_base'],
    ['ft:gpt-4o-2024-08-06:org::id', 'o200k_base'],
    ['openai/gpt-4-turbo', 'cl100k_base'],
    ['ft:gpt-3.5-turbo-0125:org::id', 'cl100k_base'],
    ['gpt-5-mini', 'o200k_base'],
    ['o3', 'o200k_base'],
    ['gpt-4.1', 'o200k_base'],
    ['gpt-4-turbo', 'cl100k_base'],
    ['gpt-3.5-turbo-0125', 'cl100k_base'],
    ['text-embedding-3-small', 'cl100k_base'],
    ['davinci-002', 'cl100k_base'],
    ['text-davinci-003', 'p50k_base'],
    ['text-davinci-001', 'r50k_base'],
    ['claude-sonnet-4-5', 'o200k_base'],
  ])('of %s is %s', (model, encoding) => {
    expect(encodingOf(model)).toBe(encoding);
  });
});

describe(`what OpenAI counts${MISSING_RECORDINGS}`, () => {
  it.skipIf(!HAS_RECORDINGS)('is counted the same by every encoding', async () => {
    const encoding = createEncodings();
    expect(expected.encodings.length).toBeGreaterThan(10);
    for (const { encoding: name, text, count } of expected.encodings) {
      const request = new RequestCount(await encoding(name));
      expect(await request.countTexts([text]), `${name} ${text}`).toBe(count);
    }
  });

  it.skipIf(!HAS_RECORDINGS)('is counted the same of messages with names, by model', async () => {
    const counter = createTokenCounter();
    for (const { messages, prompt_tokens_reported_by_openai_api: reported } of expected.chat_prompt_tokens) {
      for (const [model, tokens] of Object.entries(reported)) {
        const call = callFor({ body: { model, messages } });
        const { usage } = await counter.complete(call, { kind: 'success', generated: said() });
        expect(usage?.prompt, model).toBe(tokens);
      }
    }
  });
});

describe('createTokenCounter', () => {
  it('leaves counts of the provider alone', async () => {
    const outcome = { kind: 'success', usage: usageOf(3, 2), generated: said('Hi') } as const;
    expect(await createTokenCounter().complete(HELLO, outcome)).toEqual({
      kind: 'success',
      usage: usageOf(3, 2),
    });
  });

  it('counts prompt and answer where the provider did not, and says that it did', async () => {
    const outcome = { kind: 'success', generated: said('Hi, you.') } as const;
    expect(await createTokenCounter().complete(HELLO, outcome)).toEqual({
      kind: 'success',
      usage: usageOf(9, 4),
      isEstimate: true,
    });
  });

  it('counts where the provider says that it was nothing', async () => {
    const outcome = { kind: 'success', usage: usageOf(0, 0), generated: said('Hi, you.') } as const;
    expect(await createTokenCounter().complete(HELLO, outcome)).toMatchObject({ usage: usageOf(9, 4) });
  });

  it('never hands the generated text on', async () => {
    for (const usage of [undefined, usageOf(3, 2)]) {
      const outcome = { kind: 'truncated', usage, generated: said('secret') } as const;
      expect(JSON.stringify(await createTokenCounter().complete(HELLO, outcome))).not.toContain('secret');
    }
  });

  it('counts an answer of which only the beginning was kept in proportion', async () => {
    const outcome = { kind: 'success', generated: { texts: ['Hi, you.'], length: 80, calls: 0 } } as const;
    const { usage, ...others } = await createTokenCounter().complete(HELLO, outcome);
    expect(usage).toMatchObject({ completion: 40 });
    expect(others).toEqual({ kind: 'success', isEstimate: true });
  });

  it('counts each choice by itself', async () => {
    const counter = createTokenCounter();
    const completionOf = async (...texts: string[]) =>
      (await counter.complete(HELLO, { kind: 'success', generated: said(...texts) })).usage?.completion;
    expect(await completionOf('un', 'believable')).toBe(
      ((await completionOf('un')) ?? 0) + ((await completionOf('believable')) ?? 0),
    );
  });

  it.each([
    ['gpt-4o', 'chat.completions', 0, 0],
    ['gpt-4o', 'chat.completions', 1, 7],
    ['gpt-4o', 'chat.completions', 2, 28],
    ['gpt-4o', 'responses', 0, 1],
    ['gpt-4o', 'completions', 0, 0],
    ['gpt-5-mini', 'chat.completions', 0, 10],
    ['openai/gpt-oss-120b', 'chat.completions', 0, 10],
    ['gpt-5-chat-latest', 'chat.completions', 0, 0],
    ['o3-mini', 'responses', 1, 14],
    ['claude-sonnet-4-5', 'messages', 1, 40],
  ] as const)(
    'adds what frames an answer of %s by %s with %i calls: %i',
    async (model, endpoint, calls, framing) => {
      const call = callFor({ endpoint, body: { ...HELLO.body, model } });
      const counter = createTokenCounter();
      const bare = { ...said('Hi, you.'), calls };
      const { usage } = await counter.complete(call, { kind: 'success', generated: bare });
      expect(usage?.completion).toBe(4 + framing);
    },
  );

  it('counts one request after the other, and estimates those that would wait too long', async () => {
    const counter = createTokenCounter();
    const hard = callFor({
      body: { model: 'gpt-4o', messages: [{ role: 'user', content: 'щ'.repeat(400) }] },
    });
    const outcome = { kind: 'success', generated: said() } as const;
    const counted = await Promise.all(Array.from({ length: 60 }, () => counter.complete(hard, outcome)));
    const prompts = counted.map(({ usage }) => usage?.prompt ?? 0);
    expect(prompts.slice(0, 50).every((tokens) => tokens > 400)).toBe(true);
    expect(prompts.slice(50).every((tokens) => tokens > 100 && tokens < 120)).toBe(true);
    const later = await counter.complete(hard, outcome);
    expect(later.usage?.prompt).toBe(prompts[0]);
  });

  it('counts nothing for endpoints that have no tokens of text, and nothing where there was no answer', async () => {
    const image = callFor({
      endpoint: 'images.generations',
      body: { model: 'gpt-image-1', prompt: 'a fig' },
    });
    const counter = createTokenCounter();
    expect(await counter.complete(image, { kind: 'success', generated: said('') })).toEqual({
      kind: 'success',
    });
    expect(await counter.complete(HELLO, { kind: 'client_error' })).toEqual({ kind: 'client_error' });
  });
});

describe('a comparison with the provider’s count', () => {
  const always = () => true;
  const counted = { kind: 'success', usage: usageOf(9, 4), generated: said('Hi, you.') } as const;

  it('is 0 where both are the same', async () => {
    expect(await createTokenCounter(always).compare(HELLO, counted)).toBe(0);
  });

  it.each([
    ['fewer', usageOf(8, 2), 3 / 10],
    ['more', usageOf(20, 6), 13 / 26],
    ['other kinds of', usageOf(4, 9), 0],
  ])('is the difference as a share of the provider’s, which has %s', async (_, usage, ratio) => {
    expect(await createTokenCounter(always).compare(HELLO, { ...counted, usage })).toBeCloseTo(ratio);
  });

  it('is made of what an embedding was made of', async () => {
    const call = callFor({
      endpoint: 'embeddings',
      body: { model: 'text-embedding-3-small', input: 'Hello there' },
    });
    const outcome = { kind: 'success', usage: usageOf(2, 0), generated: said() } as const;
    expect(await createTokenCounter(always).compare(call, outcome)).toBe(0);
  });

  it.each<[string, Partial<CallOutcome>]>([
    ['that failed', { kind: 'truncated' }],
    ['whose client left', { kind: 'client_abort' }],
    ['that the provider did not count', { usage: undefined }],
    ['that the provider counts as nothing', { usage: usageOf(0, 0) }],
    ['whose model thought', { usage: { ...usageOf(9, 100), reasoning: 90 } }],
    ['whose answer is one that was kept', { generated: undefined }],
  ])('is not made of a call %s, which is not even drawn', async (_, fields) => {
    const isSampled = vi.fn(always);
    expect(await createTokenCounter(isSampled).compare(HELLO, { ...counted, ...fields })).toBeUndefined();
    expect(isSampled).not.toHaveBeenCalled();
  });

  it.each<[string, Partial<ProviderCall>]>([
    ['has no tokens of text', { endpoint: 'audio.transcriptions' }],
    [
      'has more to it than its texts',
      { endpoint: 'responses', body: { model: 'gpt-4o', input: 'Hi', previous_response_id: 'resp_1' } },
    ],
  ])('is not made of a call that %s', async (_, fields) => {
    const call = { ...HELLO, ...fields };
    expect(await createTokenCounter(always).compare(call, counted)).toBeUndefined();
  });

  it('is made of the calls in the sample only', async () => {
    const drawn = [false, true, false];
    const counter = createTokenCounter(() => drawn.shift() ?? false);
    expect(await counter.compare(HELLO, counted)).toBeUndefined();
    expect(await counter.compare(HELLO, counted)).toBe(0);
    expect(await counter.compare(HELLO, counted)).toBeUndefined();
  });

  it('is not made while other counts wait, one of its own kind among them', async () => {
    const counter = createTokenCounter(always);
    const missing = counter.complete(HELLO, { kind: 'success', generated: said('Hi, you.') });
    expect(await counter.compare(HELLO, counted)).toBeUndefined();
    await missing;
    const both = await Promise.all([counter.compare(HELLO, counted), counter.compare(HELLO, counted)]);
    expect(both).toEqual([0, undefined]);
  });

  it('is made of one in ten and one a second at most, where nothing else is said', async () => {
    const counter = createTokenCounter();
    const compared = [];
    const startedAt = performance.now();
    for (let calls = 0; calls < 500; calls += 1) compared.push(await counter.compare(HELLO, counted));
    const seconds = (performance.now() - startedAt) / 1_000;
    const made = compared.filter((ratio) => ratio !== undefined).length;
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(1 + seconds);
  });
});
