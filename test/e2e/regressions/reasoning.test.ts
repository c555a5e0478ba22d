import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/core/json.ts';
import { assembleChunks } from '../../../src/services/request-log/assemble-chunks.ts';
import { said, told } from '../../parity/corpus/turns.ts';
import {
  type EmulatedGateway,
  KEYS,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { readEvents } from '../../support/event-stream.ts';
import { accountsFile, ask, crossed, MODELS, NEW_WAYS, WAYS } from './accounts.ts';
import { ledgerOf } from './ledger.ts';

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({}, accountsFile);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.emulator.clear());

const messages = told({ reasoning: 'Hm, let me think.', text: 'Four.' });

describe('reasoning', () => {
  it.each(crossed(WAYS, ['openai', 'deepseek']))(
    'T1 comes as reasoning_content and never as content: $type on $way',
    async ({ type, key }) => {
      const whole: unknown = await (await ask(gateway, key, type, { messages })).json();
      const apart = { content: 'Four.', reasoning_content: 'Hm, let me think.' };
      expect(whole).toMatchObject({ choices: [{ message: apart }] });
      const stream = await ask(gateway, key, type, { messages, stream: true });
      const events = readEvents(Buffer.from(await stream.arrayBuffer()));
      expect(assembleChunks(events.map(({ data }) => parseJson(data) ?? data))?.choices).toMatchObject({
        0: { content: 'Four.', reasoning: 'Hm, let me think.' },
      });
    },
  );

  it.each(['anthropic', 'google'] as const)(
    'T1 of %s comes as reasoning_content and never as content',
    async (type) => {
      const response = await ask(gateway, KEYS.plain, type, { messages, max_tokens: 50 });
      expect(await response.json()).toMatchObject({
        choices: [{ message: { content: 'Four.', reasoning_content: 'Hm, let me think.' } }],
      });
    },
  );

  it.each(crossed(WAYS.slice(0, 2), ['anthropic', 'google']))(
    'T1 is withheld, and never in the content, where Portkey withholds it: $type on $way',
    async ({ type, key }) => {
      for (const stream of [false, true]) {
        const response = await ask(gateway, key, type, { messages, max_tokens: 50, stream });
        const text = await response.text();
        expect(text).toContain('Four.');
        expect(text).not.toContain('let me think');
      }
    },
  );
});

describe('Anthropic’s own endpoint', () => {
  const thinking = { type: 'enabled', budget_tokens: 1024 };
  const blocks = [
    { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' },
    { type: 'redacted_thinking', data: 'c2VhbGVk' },
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'fig' } },
    { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
    { type: 'text', text: 'Four.' },
  ];
  const history = [...said('Two and two?'), { role: 'assistant', content: blocks }, ...said('Sure?')];
  const send = (key: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
    postChat(gateway, {
      key,
      path: '/v1/messages',
      headers,
      body: { model: MODELS.anthropic.name, max_tokens: 2048, ...body },
    });

  it.each(WAYS)('T2 has thinking, service_tier and every block of the history on %s', async (_way, key) => {
    const asked = { messages: history, thinking, service_tier: 'standard_only' };
    expect((await send(key, asked)).status).toBe(200);
    expect(gateway.emulator.requests[0]?.body).toMatchObject(asked);
  });

  it('T2 has the betas in a header, with those that came in one, and not in the body', async () => {
    const betas = ['context-1m-2025-08-07', 'files-api-2025-04-14'];
    const body = { messages: said('Hi'), betas };
    expect((await send(KEYS.plain, body, { 'anthropic-beta': 'first-1' })).status).toBe(200);
    const [sent] = gateway.emulator.requests;
    expect(sent?.headers['anthropic-beta']).toBe(['first-1', ...betas].join(','));
    expect(sent?.body).not.toHaveProperty('betas');
  });

  it.each(NEW_WAYS)('T2 answers with every block as it came, signatures too, on %s', async (_way, key) => {
    const directive = { reasoning: 'Hm.', redactedThinking: 'c2VhbGVk', serverTool: true, text: 'Four.' };
    const whole = await send(key, { messages: told(directive) });
    expect(await whole.json()).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: expect.stringMatching(/./) },
        { type: 'redacted_thinking', data: 'c2VhbGVk' },
        { type: 'server_tool_use', name: 'web_search' },
        { type: 'web_search_tool_result' },
        { type: 'text', text: 'Four.' },
      ],
    });
    const stream = await (await send(key, { messages: told(directive), stream: true })).text();
    for (const type of ['signature_delta', 'redacted_thinking', 'server_tool_use', 'web_search_tool_result'])
      expect(stream).toContain(`"type":"${type}"`);
  });
});

describe('the count of an answer', () => {
  it.each(crossed(WAYS, ['openai']))(
    'T3 is the provider’s, reasoning in it, also where there is nothing but reasoning: $way',
    async ({ key, type }) => {
      const directive = { reasoning: 'one two three four five', text: '' };
      for (const stream of [false, true]) {
        const response = await ask(gateway, key, type, { messages: told(directive), stream });
        expect(await ledgerOf(gateway, response)).toMatchObject({ usage: { completion: 5, reasoning: 5 } });
      }
    },
  );

  it.each([...crossed(WAYS, ['openai']), ...crossed(NEW_WAYS, ['anthropic', 'google'])])(
    'T3 is made of the reasoning where the provider counts nothing and there is nothing else: $type on $way',
    async ({ key, type }) => {
      const directive = { reasoning: 'one two three four five', text: '', usage: false };
      for (const stream of [false, true]) {
        const asked = { messages: told(directive), max_tokens: 50, stream };
        const response = await ask(gateway, key, type, asked);
        expect(await ledgerOf(gateway, response)).toMatchObject({ usage: { completion: 5 } });
      }
    },
  );
});
