import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../core/json.ts';
import type { StreamPart } from '../../../core/stream-part.ts';
import { collectAnswer } from '../collect-answer.ts';
import { createOpenAIEncoder } from '../openai-encoder.ts';

const head = { id: 'chatcmpl-1', model: 'asked-for', created: 1_700_000_000 };
const choice = 0;
const text = (given: string, index = 0): StreamPart => ({ type: 'text-delta', choice: index, text: given });
const finish: StreamPart = { type: 'finish', choice, reason: 'stop', raw: 'end_turn' };
const usage: StreamPart = {
  type: 'usage',
  usage: { prompt: 10, completion: 5, cached: 4, reasoning: 2 },
  raw: { any: 1 },
};
const OPENAI_USAGE = {
  prompt_tokens: 10,
  completion_tokens: 5,
  total_tokens: 15,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

/** The chunks of a whole stream, each event with its parts. */
function chunksOf(events: readonly (readonly StreamPart[])[], includeUsage = false): JsonObject[] {
  const encoder = createOpenAIEncoder(head, { includeUsage });
  return [...events.flatMap((parts) => encoder.encodeEvent(parts)), ...encoder.encodeEnd()];
}

/** The deltas of a stream of one choice, behind the one with the role. */
const deltasOf = (...parts: StreamPart[]) =>
  chunksOf([parts])
    .slice(1)
    .map((chunk) => (Array.isArray(chunk.choices) ? chunk.choices[0] : undefined))
    .map((given) => (typeof given === 'object' && given !== null && 'delta' in given ? given.delta : given));

const encodeDocument = (...parts: StreamPart[]) =>
  createOpenAIEncoder(head, { includeUsage: false }).encodeDocument(collectAnswer(parts));

describe('an answer’s stream in OpenAI’s dialect', () => {
  it('has the role first, each part in a chunk of its own, and the finish reason in one without content', () => {
    const chunk = (delta: JsonObject, finish_reason: string | null = null) => ({
      id: 'msg_1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'claude',
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    });
    const start: StreamPart = { type: 'response-start', id: 'msg_1', model: 'claude' };
    expect(chunksOf([[start, usage], [text('Hel')], [text('lo')], [finish, usage]])).toEqual([
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
      chunk({}, 'stop'),
    ]);
  });

  it('has the role, too, where nothing was said but the end', () => {
    expect(chunksOf([[{ type: 'text-start', choice }], [finish]])).toMatchObject([
      { choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: null }] },
      { choices: [{ delta: {}, finish_reason: 'stop' }] },
    ]);
  });

  it('has one role for each choice', () => {
    expect(chunksOf([[text('a', 1), text('b', 0), text('c', 1)]])).toMatchObject([
      { choices: [{ index: 1, delta: { role: 'assistant' } }] },
      { choices: [{ index: 1, delta: { content: 'a' } }] },
      { choices: [{ index: 0, delta: { role: 'assistant' } }] },
      { choices: [{ index: 0, delta: { content: 'b' } }] },
      { choices: [{ index: 1, delta: { content: 'c' } }] },
    ]);
  });

  it('has one id and one model, those of its head where the provider says none before it speaks', () => {
    const named = (id: string): StreamPart => ({ type: 'response-start', id, model: `model of ${id}` });
    const idsOf = (...events: StreamPart[][]) => [
      ...new Set(chunksOf(events, true).map(({ id, model }) => `${id} ${model}`)),
    ];
    expect(idsOf([text('a')], [finish, usage])).toEqual(['chatcmpl-1 asked-for']);
    expect(idsOf([named('a')], [text('a')], [named('b')], [finish, usage])).toEqual(['a model of a']);
    expect(idsOf([text('a')], [named('b')], [finish, usage])).toEqual(['chatcmpl-1 asked-for']);
    expect(
      idsOf([{ type: 'response-start', id: 'a' }], [{ type: 'response-start', model: 'm' }], [finish]),
    ).toEqual(['a m']);
  });

  it('has the usage in a last chunk without choices, only where it was asked for', () => {
    const events = [[text('a')], [finish, usage]];
    expect(chunksOf(events, false).some((chunk) => 'usage' in chunk)).toBe(false);
    const asked = chunksOf(events, true);
    expect(asked.slice(0, -1).map((chunk) => chunk.usage)).toEqual([null, null, null]);
    expect(asked.at(-1)).toMatchObject({ choices: [], usage: OPENAI_USAGE });
    expect(chunksOf([[text('a')], [finish]], true).at(-1)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
    });
  });

  it('has each part in the words of clients', () => {
    const call = { choice, index: 1, id: 'c1', name: 'f' };
    expect(
      deltasOf(
        { type: 'reasoning-delta', choice, text: 'hm' },
        { type: 'thinking-block', choice, block: { type: 'thinking', signature: 's' } },
        { type: 'tool-call-start', ...call },
        { type: 'tool-call-start', ...call, index: 2, extra: { google: { thought_signature: 's' } } },
        { type: 'tool-call-delta', choice, index: 1, arguments: '{}' },
        { type: 'image', choice, url: 'data:image/png;base64,AA' },
        { type: 'annotation', choice, annotation: { type: 'url_citation' } },
        { type: 'provider-fields', choice, fields: { content_blocks: [] } },
        { type: 'extra-content', choice, content: { google: {} } },
        { type: 'no-output', choice },
        { type: 'error', code: 'x', message: 'x' },
        { type: 'response-end' },
      ),
    ).toEqual([
      { reasoning_content: 'hm' },
      { thinking_blocks: [{ type: 'thinking', signature: 's' }] },
      { tool_calls: [{ index: 1, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }] },
      {
        tool_calls: [
          {
            index: 2,
            id: 'c1',
            type: 'function',
            function: { name: 'f', arguments: '' },
            extra_content: { google: { thought_signature: 's' } },
          },
        ],
      },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] },
      { annotations: [{ type: 'url_citation' }] },
      { provider_specific_fields: { content_blocks: [] } },
      { extra_content: { google: {} } },
    ]);
  });

  it('has log probabilities beside an empty delta', () => {
    expect(chunksOf([[{ type: 'logprobs', choice, content: [{ token: 'a' }] }]]).at(-1)).toMatchObject({
      choices: [{ delta: {}, logprobs: { content: [{ token: 'a' }], refusal: null }, finish_reason: null }],
    });
  });
});

describe('a whole answer in OpenAI’s dialect', () => {
  it('has what was said', () => {
    const start: StreamPart = { type: 'response-start', id: 'msg_1', model: 'claude' };
    expect(encodeDocument(start, text('Hello'), finish, usage)).toEqual({
      id: 'msg_1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'claude',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: OPENAI_USAGE,
    });
  });

  it('has no content beside calls, and an empty one beside nothing', () => {
    const call: StreamPart = { type: 'tool-call-start', choice, index: 0, id: 'c', name: 'f' };
    expect(encodeDocument(call, finish)).toMatchObject({ choices: [{ message: { content: null } }] });
    expect(encodeDocument({ type: 'text-start', choice }, call)).toMatchObject({
      choices: [{ message: { content: '' } }],
    });
    expect(encodeDocument(finish)).toMatchObject({ choices: [{ message: { content: '' } }] });
  });

  it('is named as was asked for, and has no usage and no end, where the provider says nothing of it', () => {
    const document = encodeDocument(text('Hello'));
    expect(document).toMatchObject({
      id: 'chatcmpl-1',
      model: 'asked-for',
      choices: [{ finish_reason: null }],
    });
    expect(document).not.toHaveProperty('usage');
  });

  it('has each part in the words of clients', () => {
    const parts: StreamPart[] = [
      { type: 'reasoning-delta', choice, text: 'hm' },
      { type: 'thinking-block', choice, block: { type: 'thinking' } },
      { type: 'tool-call-start', choice, index: 0, id: 'c', name: 'f', extra: { a: 1 } },
      { type: 'tool-call-delta', choice, index: 0, arguments: '{}' },
      { type: 'image', choice, url: 'data:image/png;base64,AA' },
      { type: 'annotation', choice, annotation: { type: 'url_citation' } },
      { type: 'logprobs', choice, content: [{ token: 'a' }] },
      { type: 'provider-fields', choice, fields: { citations: [] } },
      { type: 'extra-content', choice, content: { google: {} } },
    ];
    expect(encodeDocument(...parts, finish).choices).toEqual([
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          refusal: null,
          reasoning_content: 'hm',
          thinking_blocks: [{ type: 'thinking' }],
          tool_calls: [
            { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' }, extra_content: { a: 1 } },
          ],
          images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }],
          annotations: [{ type: 'url_citation' }],
          provider_specific_fields: { citations: [] },
          extra_content: { google: {} },
        },
        logprobs: { content: [{ token: 'a' }], refusal: null },
        finish_reason: 'stop',
      },
    ]);
  });
});
