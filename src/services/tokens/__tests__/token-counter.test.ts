import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callFor } from '../../../../test/support/provider-call.ts';
import { HAS_RECORDINGS, MISSING_RECORDINGS, readRecording } from '../../../../test/support/recordings.ts';
import { countPrompt } from '../count-prompt.ts';
import { createEncodings, encodingOf } from '../encodings.ts';
import { RequestCount } from '../request-count.ts';
import { createTokenCounter } from '../token-counter.ts';

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
        const { usage } = await counter.complete(call, { kind: 'success', uncounted: '' });
        expect(usage?.prompt, model).toBe(tokens);
      }
    }
  });
});

describe('createTokenCounter', () => {
  const messages = [{ role: 'user', content: 'Hello there' }];
  const call = callFor({ body: { model: 'gpt-4o-mini', messages } });

  it('leaves counts of the provider alone', async () => {
    const usage = { prompt: 3, completion: 2, cached: 0, reasoning: 0 };
    expect(await createTokenCounter().complete(call, { kind: 'success', usage })).toEqual({
      kind: 'success',
      usage,
    });
  });

  it('counts prompt and answer where the provider did not, and says that it did', async () => {
    const outcome = await createTokenCounter().complete(call, { kind: 'success', uncounted: 'Hi, you.' });
    expect(outcome).toEqual({
      kind: 'success',
      usage: { prompt: 9, completion: 4, cached: 0, reasoning: 0 },
      isEstimate: true,
    });
  });

  it('never hands the generated text on', async () => {
    const outcome = await createTokenCounter().complete(call, { kind: 'truncated', uncounted: 'secret' });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  it('counts an answer of which only the beginning was kept in proportion', async () => {
    const outcome = { kind: 'success', uncounted: 'Hi, you.', uncountedLength: 80 } as const;
    const { usage, ...others } = await createTokenCounter().complete(call, outcome);
    expect(usage).toMatchObject({ completion: 40 });
    expect(others).toEqual({ kind: 'success', isEstimate: true });
  });

  it('counts one request after the other, and estimates those that would wait too long', async () => {
    const counter = createTokenCounter();
    const hard = callFor({
      body: { model: 'gpt-4o', messages: [{ role: 'user', content: 'щ'.repeat(400) }] },
    });
    const counted = await Promise.all(
      Array.from({ length: 60 }, () => counter.complete(hard, { kind: 'success', uncounted: '' })),
    );
    const prompts = counted.map(({ usage }) => usage?.prompt ?? 0);
    expect(prompts.slice(0, 50).every((tokens) => tokens > 400)).toBe(true);
    expect(prompts.slice(50).every((tokens) => tokens > 100 && tokens < 120)).toBe(true);
    const later = await counter.complete(hard, { kind: 'success', uncounted: '' });
    expect(later.usage?.prompt).toBe(prompts[0]);
  });

  it('counts nothing for endpoints that have no tokens of text', async () => {
    const image = callFor({
      endpoint: 'images.generations',
      body: { model: 'gpt-image-1', prompt: 'a fig' },
    });
    expect(await createTokenCounter().complete(image, { kind: 'success', uncounted: '' })).toEqual({
      kind: 'success',
    });
  });
});

describe('countPrompt', () => {
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== '').length;

  it.each([
    ['embeddings of texts', 'embeddings', { input: ['one two', 'three'] }, 3],
    ['embeddings of tokens', 'embeddings', { input: [[1, 2], [3]] }, 3],
    ['a prompt', 'completions', { prompt: 'one two three' }, 3],
    [
      'a response’s input',
      'responses',
      { instructions: 'be brief', input: 'one two' },
      3 + 3 + 2 + 3 + 1 + 2,
    ],
    [
      'parts',
      'chat.completions',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'a b' }] }] },
      9,
    ],
    [
      'a picture by its size',
      'chat.completions',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] },
        ],
      },
      3 + 3 + 1 + 765,
    ],
    [
      'calls and their results',
      'chat.completions',
      {
        messages: [
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ function: { name: 'f', arguments: '{"a": 1}' } }],
          },
          { role: 'tool', content: 'four' },
        ],
      },
      3 + (3 + 1 + 3 + 1 + 2) + (3 + 1 + 1),
    ],
    [
      'Anthropic’s system',
      'messages',
      { system: 'be brief', messages: [{ role: 'user', content: 'hi' }] },
      13,
    ],
  ] as const)('counts %s', (_, endpoint, body, tokens) => {
    expect(countPrompt(endpoint, body, words)).toBe(tokens);
  });

  it('counts tools with their descriptions and parameters', () => {
    const parameters = {
      type: 'object',
      properties: { city: { type: 'string', description: 'Where it is' } },
    };
    const tool = { type: 'function', function: { name: 'weather', description: 'The weather', parameters } };
    const bare = countPrompt('chat.completions', { messages: [] }, words);
    expect(countPrompt('chat.completions', { messages: [], tools: [tool] }, words)).toBeGreaterThan(
      bare + 15,
    );
  });
});
