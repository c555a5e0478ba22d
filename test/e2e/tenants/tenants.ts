import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject } from '../../../src/core/json.ts';
import { PROVIDER_KEY, postChat } from '../../support/emulated-gateway.ts';
import { type RunningGateway, startGateway } from '../../support/running-gateway.ts';
import { addByAdmin } from '../admin/admin-client.ts';
import {
  chunksOf,
  type ReceivedRequest,
  type ScriptedProvider,
  startScriptedProvider,
} from '../regressions/scripted-provider.ts';
import { completion, completionChunks } from '../shared/routed-gateway.ts';

const PASSWORD = 'a long enough password';

/** The models that all of them may call: `shared` for chat, `vectors` for embeddings. */
export const SHARED = ['shared', 'vectors'];

/** Models of one account alone: a real one, a virtual one whose target is nobody's own, and one with experts. */
export function ownModels(username: string) {
  return {
    real: `${username}-model`,
    virtual: `${username}-smart`,
    target: `${username}-target`,
    experts: `${username}-experts`,
  };
}

/** A virtual key with its value. */
export interface OwnedKey {
  readonly id: string;
  readonly name: string;
  readonly key: string;
}

/** An account that is logged in, with a key for each path. */
export interface Tenant {
  readonly username: string;
  readonly token: string;
  readonly keys: Readonly<Record<'litellm' | 'legacy', OwnedKey>>;
}

/** Gateways of one installation with two viewers and an operator, each with keys and models of its own. */
export interface Tenants {
  readonly gateways: readonly [RunningGateway, ...RunningGateway[]];
  /** Answers each request with another text, which has the number of the request. */
  readonly provider: ScriptedProvider;
  readonly uma: Tenant;
  readonly tom: Tenant;
  readonly olga: Tenant;
  stop(): Promise<void>;
}

/**
 * Starts the gateways over one database, and makes the accounts and keys by the admin API.
 * @param count how many gateways
 */
export async function startTenants(count = 1, env: Readonly<Record<string, string>> = {}): Promise<Tenants> {
  const provider = await startScriptedProvider();
  answerInTurn(provider);
  const dataDir = mkdtempSync(join(tmpdir(), 'banyan-tenants-'));
  const first = await startGateway({ dataDir, env, file: fileOf(provider.url) });
  const others: RunningGateway[] = [];
  while (others.length + 1 < count) others.push(await startGateway({ dataDir, env }));
  const add = (username: string, role: string) => addTenant(first, username, role);
  return {
    gateways: [first, ...others],
    provider,
    uma: await add('uma', 'viewer'),
    tom: await add('tom', 'viewer'),
    olga: await add('olga', 'operator'),
    async stop() {
      for (const gateway of [first, ...others]) await gateway.stop();
      provider.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Has the provider begin again with the number 1, and forget what it got. */
export function answerInTurn(provider: ScriptedProvider): void {
  provider.answerWith((response, number) => {
    const request = provider.requests[number - 1];
    if (request?.body.stream === true) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(chunksOf(...completionChunks(`answer ${number}`)).join(''));
    } else {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answerTo(request, number)));
    }
  });
}

function answerTo(request: ReceivedRequest | undefined, number: number): object {
  const usage = { prompt_tokens: 7, total_tokens: 7 };
  if (request?.path.endsWith('/embeddings')) {
    const data = [{ object: 'embedding', index: 0, embedding: [number, 0.5] }];
    return { object: 'list', model: 'vectors', data, usage };
  }
  // What classifiers are asked is a question of theirs, too.
  return completion(JSON.stringify({ type: 'code', number }));
}

/** Asks for something by one of the keys, and reads the whole answer. */
export async function askFor(
  gateway: RunningGateway,
  { key }: OwnedKey,
  body: object,
  path = '/v1/chat/completions',
) {
  const response = await postChat(gateway, { key, body, path });
  const text = await response.text();
  return { status: response.status, cache: response.headers.get('x-cache-status'), response, text };
}

/** A chat completion for a model. */
export function chatFor(model: string, content = 'Hello', more: object = {}) {
  return { model, messages: [{ role: 'user', content }], ...more };
}

function fileOf(url: string): object {
  const accounts = ['uma', 'tom', 'olga'].map(ownModels);
  const names = [...SHARED, ...accounts.flatMap(({ real, target }) => [real, target])];
  return {
    providers: [{ id: 'scripted', type: 'openai', base_url: url, api_key: PROVIDER_KEY }],
    models: [
      ...names.map((name) => ({ name, provider: 'scripted', model_identifier: `${name}-2024` })),
      // One identifier for a model of each.
      ...accounts.map(({ real }) => ({
        name: `${real}-too`,
        provider: 'scripted',
        model_identifier: 'common-2024',
      })),
    ],
    virtual_models: accounts.flatMap(({ virtual, target, experts }) => [
      { name: virtual, strategy: 'fallback', targets: [{ model: target }] },
      {
        name: experts,
        strategy: 'expert',
        classifier: { model: target, prompt_template: 'Name the category.\n{{USER_PROMPT}}' },
        experts: [{ id: 'coder', category: 'code', model: target }],
      },
    ]),
  };
}

async function addTenant(gateway: RunningGateway, username: string, role: string): Promise<Tenant> {
  const { id: ownerId } = await addByAdmin(gateway, '/users', { username, password: PASSWORD, role });
  const { real, virtual, experts } = ownModels(username);
  const addKey = async (path: 'litellm' | 'legacy'): Promise<OwnedKey> => {
    const name = `${username}-${path}`;
    const models = [...SHARED, real, `${real}-too`, virtual, experts];
    const fields = { name, ownerId, path, models, cacheEnabled: true };
    const { id, key } = await addByAdmin(gateway, '/virtual-keys', fields);
    return { id: String(id), name, key: String(key) };
  };
  const keys = { litellm: await addKey('litellm'), legacy: await addKey('legacy') };
  const response = await fetch(`${gateway.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: PASSWORD }),
  });
  const session: unknown = await response.json();
  if (!isJsonObject(session)) throw new Error('There is no session.');
  return { username, token: String(session.token), keys };
}
