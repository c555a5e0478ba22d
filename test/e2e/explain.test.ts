import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { KEYS } from '../support/emulated-gateway.ts';
import { addByAdmin, askAdmin } from './admin/admin-client.ts';
import {
  askModel,
  completion,
  pairOf,
  type RoutedGateway,
  startRoutedGateway,
} from './shared/routed-gateway.ts';

let gateway: RoutedGateway;
beforeAll(async () => {
  gateway = await startRoutedGateway(
    [
      pairOf('pair'),
      pairOf('failing'),
      pairOf('spread', {
        strategy: 'loadbalance',
        targets: [
          { model: 'spread-1', weight: 1 },
          { model: 'spread-2', weight: 9 },
        ],
      }),
      {
        models: [{ name: 'twin', provider: 'second', model_identifier: 'pair-1-2024' }],
        virtual_models: [
          {
            name: 'smart',
            strategy: 'expert',
            classifier: { model: 'pair-1', prompt_template: 'Name the category.' },
            experts: [{ id: 'coder', category: 'code', model: 'pair' }],
            fallback: { model: 'twin' },
          },
        ],
      },
    ],
    {
      file: {
        virtual_keys: [
          { name: 'legacy', key: KEYS.legacy, path: 'legacy' },
          { name: 'litellm', key: KEYS.litellm, path: 'litellm' },
          { name: 'auto', key: KEYS.auto },
          { name: 'narrow', key: 'vk-explain-narrow-1', models: ['pair'] },
          { name: 'disabled', key: KEYS.disabled, enabled: false },
        ],
        rollout: { enrolled_percent: 100, arm_share: 0.25 },
      },
    },
  );
});
afterAll(() => gateway.stop());

async function explain(key: string, model: string, more = ''): Promise<JsonObject> {
  const { status, body } = await askAdmin(
    gateway,
    'GET',
    `/rollout/explain?key=${key}&model=${model}${more}`,
  );
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const pinned = (path: string) => [{ path, reason: 'key_override', share: 1 }];

describe('the explanation of a request', () => {
  beforeEach(() => {
    gateway.first.answerJson(completion('from the first'));
  });

  it.each([['legacy'], ['litellm']])('says where the key %s goes, as its requests show', async (name) => {
    const told = await explain(name, 'pair-1');
    expect(told).toMatchObject({
      key: { name },
      model: 'pair-1',
      endpoint: 'chat.completions',
      refusal: null,
      strategy: null,
      targets: [
        {
          model: 'pair-1',
          provider: 'first',
          modelIdentifier: 'pair-1-2024',
          breaker: 'closed',
          paths: pinned(name),
          steps: [
            { step: 'use_litellm', decides: false },
            { step: 'kill_switch', decides: false },
            { step: 'support', decides: false },
            { step: 'key_override', decides: true },
          ],
        },
      ],
      experts: [],
    });
    const key = name === 'legacy' ? KEYS.legacy : KEYS.litellm;
    const { headers } = await askModel(gateway, key, 'pair-1');
    expect([headers.get('x-gateway-path'), headers.get('x-gateway-reason')]).toEqual([name, 'key_override']);
  });

  it('sends nothing to anybody', async () => {
    const before = [gateway.first.requests.length, gateway.second.requests.length];
    for (const model of ['pair', 'smart', 'spread', 'twin']) await explain('auto', model);
    expect([gateway.first.requests.length, gateway.second.requests.length]).toEqual(before);
  });

  it('has both arms of an enrolled key, with their shares', async () => {
    const { targets } = await explain('auto', 'pair');
    const paths = [
      { path: 'litellm', reason: 'enrolled', share: 0.25 },
      { path: 'legacy', reason: 'control_arm', share: 0.75 },
    ];
    expect(targets).toMatchObject([
      { model: 'pair-1', paths },
      { model: 'pair-2', paths },
    ]);
  });

  it('has the targets of a virtual model in their order, by weight where they are weighed', async () => {
    expect(await explain('litellm', 'pair')).toMatchObject({
      strategy: 'fallback',
      targets: [{ model: 'pair-1' }, { model: 'pair-2' }],
    });
    expect(await explain('litellm', 'spread')).toMatchObject({
      strategy: 'loadbalance',
      targets: [{ model: 'spread-2' }, { model: 'spread-1' }],
    });
  });

  it('has every expert with what it stands for', async () => {
    expect(await explain('litellm', 'smart')).toMatchObject({
      strategy: 'expert',
      targets: [],
      experts: [
        { category: 'code', targets: [{ model: 'pair-1' }, { model: 'pair-2' }] },
        { category: 'fallback', targets: [{ model: 'twin' }] },
      ],
    });
  });

  it('says what the new path does not serve', async () => {
    const { targets } = await explain('auto', 'pair-1', '&endpoint=messages');
    expect(targets).toMatchObject([{ paths: [{ path: 'legacy', reason: 'unsupported', share: 1 }] }]);
  });

  it.each([
    ['an unknown model', 'litellm', 'nobody', { status: 404, code: 'model_not_found', param: 'model' }],
    ['a model that the key may not call', 'narrow', 'pair-1', { status: 404, code: 'model_not_found' }],
    ['an identifier of two models', 'litellm', 'pair-1-2024', { status: 400, code: 'ambiguous_model' }],
    ['a disabled key', 'disabled', 'pair', { status: 403, code: 'api_key_disabled' }],
  ])('has the refusal that the client would get: %s', async (_, key, model, refusal) => {
    expect(await explain(key, model)).toMatchObject({ refusal, targets: [], experts: [] });
  });

  it('shows a breaker that is open', async () => {
    gateway.first.answerJson({ error: { message: 'down' } }, 500);
    gateway.second.answerJson(completion('from the second'));
    for (let times = 0; times < 2; times += 1) await askModel(gateway, KEYS.litellm, 'failing');
    const { targets } = await explain('litellm', 'failing');
    expect(targets).toMatchObject([
      { model: 'failing-1', breaker: 'open' },
      { model: 'failing-2', breaker: 'closed' },
    ]);
  });

  it.each([
    ['no key', 'model=pair', 400],
    ['no model', 'key=litellm', 400],
    ['an endpoint that there is not', 'key=litellm&model=pair&endpoint=guess', 400],
    ['a key that there is not', 'key=nobody&model=pair', 404],
  ])('is refused for %s', async (_, query, status) => {
    expect((await askAdmin(gateway, 'GET', `/rollout/explain?${query}`)).status).toBe(status);
  });

  it('is nothing that one account can read of another’s key', async () => {
    await addByAdmin(gateway, '/users', { username: 'vera', password: 'a-password-of-hers', role: 'viewer' });
    const login = await fetch(`${gateway.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'vera', password: 'a-password-of-hers' }),
    });
    const { token } = (await login.json()) as { token: string };
    const path = '/rollout/explain?key=litellm&model=pair';
    expect((await askAdmin(gateway, 'GET', path, { token })).status).toBe(404);
  });
});
