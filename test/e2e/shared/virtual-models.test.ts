import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEmulator, type Emulator } from '../../../bench/emulator/emulator.ts';
import { emulate, PROVIDER_KEY, postChat } from '../../support/emulated-gateway.ts';
import { type RunningGateway, startGateway } from '../../support/running-gateway.ts';

const KEYS = {
  legacy: 'vk-virtual-legacy-1',
  litellm: 'vk-virtual-litellm-1',
  narrow: 'vk-virtual-narrow-1',
};
const hello = [{ role: 'user', content: 'Hello' }];

let first: Emulator;
let second: Emulator;
let gateway: RunningGateway;
beforeAll(async () => {
  first = await createEmulator({ apiKeys: [PROVIDER_KEY], models: ['one', 'three'] });
  second = await createEmulator({ apiKeys: [PROVIDER_KEY], models: ['two'] });
  const account = (id: string, base_url: string) => ({ id, type: 'openai', base_url, api_key: PROVIDER_KEY });
  gateway = await startGateway({
    file: {
      providers: [
        account('first', first.url),
        account('second', second.url),
        account('deserted', 'http://127.0.0.1:9/v1'),
      ],
      models: [
        { name: 'one', provider: 'first' },
        { name: 'two', provider: 'second' },
        { name: 'three', provider: 'first' },
        { name: 'nobody', provider: 'deserted' },
      ],
      virtual_models: [
        { name: 'smart', strategy: 'fallback', targets: [{ model: 'nobody' }, { model: 'two' }] },
        { name: 'nested', strategy: 'fallback', targets: [{ model: 'nobody' }, { model: 'smart' }] },
        { name: 'hopeless', strategy: 'fallback', targets: [{ model: 'nobody' }] },
        { name: 'ordered', strategy: 'fallback', targets: [{ model: 'one' }, { model: 'two' }] },
        {
          name: 'picky',
          strategy: 'fallback',
          targets: [{ model: 'one', on_status_codes: [400] }, { model: 'two' }],
        },
        { name: 'shared', strategy: 'loadbalance', targets: [{ model: 'one' }, { model: 'two' }] },
        {
          name: 'tilted',
          strategy: 'loadbalance',
          targets: [
            { model: 'one', weight: 0 },
            { model: 'two', weight: 5 },
          ],
        },
        {
          name: 'expert',
          strategy: 'expert',
          classifier: {
            model: 'three',
            prompt_template: 'Which kind is it? Answer in JSON. {{USER_PROMPT}}',
          },
          experts: [
            { id: 'e1', category: 'code', model: 'one' },
            { id: 'e2', category: 'poetry', model: 'ordered' },
          ],
          fallback: { model: 'two' },
        },
      ],
      virtual_keys: [
        { name: 'legacy', key: KEYS.legacy, path: 'legacy' },
        { name: 'litellm', key: KEYS.litellm, path: 'litellm' },
        { name: 'narrow', key: KEYS.narrow, path: 'litellm', models: ['smart', 'one'] },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  await first.close();
  await second.close();
});
beforeEach(() => {
  first.clear();
  second.clear();
});

async function ask(model: string, more: object = {}, key = KEYS.litellm, headers = {}) {
  const response = await postChat(gateway, { key, body: { model, messages: hello, ...more }, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

const modelsAsked = ({ requests }: Emulator) => requests.map(({ body }) => (body as { model: string }).model);

describe.each(['legacy', 'litellm'] as const)('a virtual model on the %s path', (path) => {
  it('asks the next target where the first cannot be reached, whole and streamed', async () => {
    for (const stream of [false, true]) {
      const { status, text } = await ask('smart', { stream }, KEYS[path]);
      expect(status).toBe(200);
      expect(text).toContain('You said: ');
    }
    expect(modelsAsked(second)).toEqual(['two', 'two']);
  });

  it('may stand for another one', async () => {
    expect((await ask('nested', {}, KEYS[path])).status).toBe(200);
    expect(modelsAsked(second)).toEqual(['two']);
  });

  it('keeps to the order of its targets as long as the first serves', async () => {
    for (let round = 0; round < 3; round += 1) await ask('ordered', {}, KEYS[path]);
    expect(modelsAsked(first)).toEqual(['one', 'one', 'one']);
    expect(second.requests).toEqual([]);
  });
});

describe('a target that refuses', () => {
  it('is the last one asked where the request itself is at fault', async () => {
    expect((await ask('ordered', { messages: [emulate({ status: 400 })] })).status).toBe(400);
    expect(second.requests).toEqual([]);
  });

  it('is followed by the next at the statuses that are set, and at no other', async () => {
    const refused = await ask('picky', { messages: [emulate({ status: 400 })] });
    // The second one is told the same, and refuses as well: its answer is the last.
    expect(refused.status).toBe(400);
    expect(modelsAsked(second)).toEqual(['two']);
    second.clear();
    expect((await ask('picky', { messages: [emulate({ status: 422 })] })).status).toBe(422);
    expect(second.requests).toEqual([]);
  });

  it('gives its own fault where there is no other', async () => {
    const { status, text } = await ask('hopeless');
    expect(status).toBe(502);
    expect(text).toContain('upstream_unreachable');
  });
});

describe('a shared load', () => {
  it('reaches every target, and never one of no weight', async () => {
    for (let round = 0; round < 30; round += 1) await ask('shared');
    expect(first.requests.length).toBeGreaterThan(0);
    expect(second.requests.length).toBeGreaterThan(0);
    first.clear();
    for (let round = 0; round < 10; round += 1) await ask('tilted');
    expect(first.requests).toEqual([]);
  });

  it.each([
    ['a header', {}, { 'x-session-id': 's-1' }],
    ['the metadata', { metadata: { conversation_id: 'c-1' } }, {}],
    ['the user', { user: 'u-1' }, {}],
  ])('stays with one target for a conversation that is named by %s', async (_, more, headers) => {
    for (let round = 0; round < 12; round += 1) await ask('shared', more, KEYS.litellm, headers);
    expect([first.requests.length, second.requests.length].sort()).toEqual([0, 12]);
  });
});

describe('experts', () => {
  const classified = (answer: string) => ({ messages: [emulate({ text: answer })] });

  it.each([
    ['{"type":"code"}', ['three', 'one'], []],
    ['{"category":"Poetry"}', ['three', 'one'], []],
    ['no idea', ['three'], ['two']],
  ])('are chosen by what the classifier says: %s', async (answer, asked, others) => {
    expect((await ask('expert', classified(answer))).status).toBe(200);
    expect(modelsAsked(first)).toEqual(asked);
    expect(modelsAsked(second)).toEqual(others);
  });
});

describe('what a key may call', () => {
  it('is listed by the names that it sends, and no target by its own', async () => {
    const list = await fetch(`${gateway.url}/v1/models`, {
      headers: { authorization: `Bearer ${KEYS.narrow}` },
    });
    const { object, data } = (await list.json()) as { object: string; data: { id: string }[] };
    expect(object).toBe('list');
    expect(data.map(({ id }) => id)).toEqual(['one', 'smart']);
    expect((await ask('smart', {}, KEYS.narrow)).status).toBe(200);
    expect((await ask('two', {}, KEYS.narrow)).status).toBe(404);
  });

  it('is told with the model behind each, on either path of the address', async () => {
    for (const path of ['/v1/model/info', '/model/info']) {
      const info = await fetch(`${gateway.url}${path}`, { headers: { 'x-api-key': KEYS.narrow } });
      expect(await info.json()).toMatchObject({
        data: [
          { model_name: 'one', litellm_params: { model: 'one' }, model_info: { litellm_provider: 'openai' } },
          { model_name: 'smart' },
        ],
      });
    }
  });

  it('is not listed without a key', async () => {
    expect((await fetch(`${gateway.url}/v1/models`)).status).toBe(401);
  });
});
