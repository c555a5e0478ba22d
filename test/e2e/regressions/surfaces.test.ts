import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/core/json.ts';
import { said } from '../../parity/corpus/turns.ts';
import { KEYS, postChat } from '../../support/emulated-gateway.ts';
import { type RunningGateway, startGateway } from '../../support/running-gateway.ts';
import { accountsFile, ask, MODELS, WAYS } from './accounts.ts';
import { messageEvents, wholeMessage } from './counted-answers.ts';
import { type ScriptedProvider, startScriptedProvider, typedEvents } from './scripted-provider.ts';

const RESPONSES = '/v1/responses';
const MESSAGES = '/v1/messages';

let provider: ScriptedProvider;
let gateway: RunningGateway;
beforeAll(async () => {
  provider = await startScriptedProvider();
  gateway = await startGateway({ file: accountsFile(provider.url) });
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

const response = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  status: 'completed',
  model: 'scripted',
  output: [
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
    },
  ],
  usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
};
const mcp = {
  type: 'mcp',
  server_label: 'shop',
  server_url: 'https://mcp.example/sse',
  require_approval: 'never',
  headers: { 'x-shop': 'key of the client' },
};

/** What the provider got last, but for the model and what tells a stream. */
function received() {
  const { model: _model, stream: _stream, ...body } = provider.requests.at(-1)?.body ?? {};
  return body;
}

describe('Anthropic’s own endpoint', () => {
  it.each(WAYS)(
    'N1 is served whole and as a stream, the request and the answer as they are, on %s',
    async (_way, key) => {
      const body = {
        messages: said('Hello'),
        max_tokens: 50,
        top_k: 5,
        system: [{ type: 'text', text: 'Be brief.' }],
      };
      provider.answerJson(wholeMessage);
      const whole = await ask(gateway, key, 'anthropic', body, MESSAGES);
      expect([whole.status, await whole.json()]).toEqual([200, wholeMessage]);
      expect(received()).toEqual(body);
      expect(provider.requests[0]?.path).toBe(MESSAGES);
      const events = messageEvents();
      provider.answerStream(events);
      const stream = await ask(gateway, key, 'anthropic', { ...body, stream: true }, MESSAGES);
      expect(stream.headers.get('content-type')).toContain('text/event-stream');
      const text = await stream.text();
      for (const event of events) expect(text).toContain(event.split('\n')[1]);
      expect(received()).toEqual(body);
    },
  );
});

describe('the Responses endpoint', () => {
  it.each(WAYS)(
    'N2 is served whole and as a stream, with what was said before and MCP servers, on %s',
    async (_way, key) => {
      const body = { input: 'And now?', previous_response_id: 'resp_0', tools: [mcp], store: true };
      provider.answerJson(response);
      const whole = await ask(gateway, key, 'openai', body, RESPONSES);
      expect(whole.status).toBe(200);
      expect(await whole.json()).toMatchObject(response);
      expect(received()).toEqual(body);
      expect(provider.requests[0]?.path).toBe(RESPONSES);
      const events = typedEvents(
        { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
        {
          type: 'response.output_text.delta',
          item_id: 'msg_1',
          output_index: 0,
          content_index: 0,
          delta: 'Hi',
        },
        { type: 'response.completed', response },
      );
      provider.answerStream(events);
      const stream = await ask(gateway, key, 'openai', { ...body, stream: true }, RESPONSES);
      expect(await stream.text()).toBe(events.join(''));
      expect(received()).toEqual(body);
    },
  );

  it.each(WAYS)('N6 sends every field and item as the client does, on %s', async (_way, key) => {
    const body = {
      instructions: 'Be brief.',
      input: [
        { role: 'system', content: 'You are a gardener.' },
        { role: 'developer', content: [{ type: 'input_text', text: 'Answer in Latin.' }] },
        { role: 'user', content: [{ type: 'text', text: 'Its instructions, please' }] },
        {
          type: 'function_call',
          call_id: 'call_1',
          name: 'manual',
          arguments: '{"instructions":"keep me","temperature":0}',
        },
        { type: 'function_call_output', call_id: 'call_1', output: '{"instructions":["sow","water"]}' },
      ],
      tools: [
        {
          type: 'function',
          name: 'manual',
          strict: false,
          parameters: { type: 'object', properties: { instructions: { type: 'string' } } },
        },
      ],
      temperature: 0,
      top_p: 0.5,
      max_output_tokens: 20,
    };
    provider.answerJson(response);
    expect((await ask(gateway, key, 'openai', body, RESPONSES)).status).toBe(200);
    expect(received()).toEqual(body);
  });
});

describe('Gemini’s own endpoint', () => {
  it('N3 is none of this gateway: it is not there, and nobody is asked', async () => {
    provider.answerJson({});
    for (const method of ['generateContent', 'streamGenerateContent']) {
      const path = `/v1beta/models/${MODELS.google.name}:${method}`;
      const refused = await postChat(gateway, { key: KEYS.plain, path, body: { contents: [] } });
      expect([refused.status, parseJson(await refused.text())]).toMatchObject([
        404,
        { error: { code: 'not_found' } },
      ]);
    }
    expect(provider.requests).toEqual([]);
  });
});
