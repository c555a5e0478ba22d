import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, parseJson } from '../../../src/core/json.ts';
import { said, told, weather } from '../../parity/corpus/turns.ts';
import { type EmulatedGateway, KEYS, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { readEvents } from '../../support/event-stream.ts';
import { accountsFile, ask, MODELS } from './accounts.ts';

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({ env: { PORTKEY_GATEWAY_URL: 'off' } }, accountsFile);
});
afterAll(() => gateway.stop());

/** The chunks of a stream of Anthropic's, and what stands behind them. */
async function chunksOf(body: object): Promise<{ readonly chunks: JsonObject[]; readonly end: string }> {
  const response = await ask(gateway, KEYS.plain, 'anthropic', { stream: true, max_tokens: 50, ...body });
  const events = readEvents(Buffer.from(await response.arrayBuffer()));
  const end = events.pop()?.data ?? '';
  return { chunks: events.map(({ data }) => parseJson(data)).filter(isJsonObject), end };
}

/** Of each chunk the one choice without what is the same in all of them; of one without a choice its usage. */
function gist({ choices, usage }: JsonObject): unknown {
  const [choice] = Array.isArray(choices) ? choices : [];
  if (!isJsonObject(choice)) return { usage };
  return choice.finish_reason === null ? choice.delta : { finish: choice.finish_reason, delta: choice.delta };
}

const oslo = { name: 'get_weather', arguments: '{"city":"Oslo"}' };
const all = {
  tools: [weather],
  stream_options: { include_usage: true },
  messages: told({
    reasoning: 'Hm, hm.',
    text: 'Let me see.',
    toolCalls: [oslo, { name: 'get_weather', arguments: '' }],
  }),
};

describe('a stream of Anthropic’s as chunks', () => {
  it('S8 has one id, one time and the provider’s model in every chunk', async () => {
    const { chunks } = await chunksOf(all);
    const heads = new Set(
      chunks.map(({ id, created, model, object }) => JSON.stringify([id, created, model, object])),
    );
    expect(heads.size).toBe(1);
    expect(chunks[0]).toMatchObject({
      id: expect.stringMatching(/^msg_/),
      model: MODELS.anthropic.identifier,
      object: 'chat.completion.chunk',
    });
  });

  it('S8 has the role first, then thinking, text and calls in order, the finish reason, the usage and [DONE]', async () => {
    const { chunks, end } = await chunksOf(all);
    const id = expect.stringMatching(/^toolu_/);
    const begun = (index: number) => ({
      index,
      id,
      type: 'function',
      function: { name: 'get_weather', arguments: '' },
    });
    const piece = (index: number, text: string) => ({
      tool_calls: [{ index, function: { arguments: text } }],
    });
    const gists = chunks.map(gist).filter((each) => JSON.stringify(each) !== JSON.stringify(piece(0, '')));
    expect(gists).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 'Hm, hm.' },
      { thinking_blocks: [{ type: 'thinking', thinking: 'Hm, hm.', signature: expect.stringMatching(/./) }] },
      { content: 'Let me see.' },
      { tool_calls: [begun(0)] },
      piece(0, '{"city":'),
      piece(0, '"Oslo"}'),
      { tool_calls: [begun(1)] },
      piece(1, ''),
      piece(1, '{}'),
      { finish: 'tool_calls', delta: {} },
      {
        usage: expect.objectContaining({
          prompt_tokens: expect.any(Number),
          total_tokens: expect.any(Number),
        }),
      },
    ]);
    expect(end).toBe('[DONE]');
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
  ])('S8 calls %s %s', async (finishReason, expected) => {
    const { chunks } = await chunksOf({ messages: told({ finishReason }) });
    expect(gist(chunks.at(-1) ?? {})).toEqual({ finish: expected, delta: {} });
  });

  it('S8 has a usage chunk, without a choice, only where the client asked for it', async () => {
    const { chunks } = await chunksOf({ messages: said('Hi') });
    expect(chunks.filter(({ usage }) => usage !== undefined)).toEqual([]);
    const { chunks: counted } = await chunksOf({
      messages: said('Hi'),
      stream_options: { include_usage: true },
    });
    expect(counted.filter(({ usage }) => isJsonObject(usage)).map(({ choices }) => choices)).toEqual([[]]);
  });
});
