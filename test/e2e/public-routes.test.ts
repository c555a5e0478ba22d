import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type EmulatedGateway,
  KEYS,
  MODEL,
  PROVIDER_KEY,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** What is left of the gateway's own layers: routes, and the routers that hold some. */
const layersSchema = z.array(
  z.looseObject({
    route: z
      .looseObject({
        path: z.union([z.string(), z.array(z.string())]),
        methods: z.record(z.string(), z.boolean()),
      })
      .optional(),
    handle: z.custom<{ readonly stack?: unknown }>((handle) => typeof handle === 'function'),
  }),
);

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Every route below these layers, with its methods. */
function routesIn(stack: unknown): { readonly path: string; readonly method: string }[] {
  return layersSchema.parse(stack).flatMap(({ route, handle }) => {
    if (route === undefined) return handle.stack === undefined ? [] : routesIn(handle.stack);
    const methods = METHODS.filter((method) => route.methods[method.toLowerCase()] === true);
    return [route.path].flat().flatMap((path) => methods.map((method) => ({ path, method })));
  });
}

/** Served to everybody; what lies under `/api` is named by its path below it. */
const OPEN = [
  'GET /',
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /openapi.json',
  'GET /public/system-settings',
  'POST /auth/login',
  'POST /auth/register',
];

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway();
});
afterAll(() => gateway.stop());

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, { ...init, signal: AbortSignal.timeout(10_000) });

describe('what anybody may ask for', () => {
  it('D9 is a few operations of the admin API by name, and no stream of bodies or headers', async () => {
    const { paths } = documentSchema.parse(await (await ask('/api/openapi.json')).json());
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
    );
    expect(operations.length).toBeGreaterThan(60);
    const open: string[] = [];
    for (const { path, method } of operations) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
      const response = await ask(`/api${path.replaceAll(/\{\w+\}/g, 'x')}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...body,
      });
      expect(response.headers.get('content-type')).not.toContain('event-stream');
      await response.arrayBuffer();
      if (response.status !== 401) open.push(`${method} ${path}`);
    }
    expect(open.toSorted()).toEqual([
      'GET /public/system-settings',
      'POST /auth/login',
      'POST /auth/register',
    ]);
  });

  it.each([
    ['no credentials', {}],
    ['credentials of nobody', { authorization: 'Bearer somebody', 'x-api-key': 'somebody' }],
  ])('D9 is, of all routes that there are, these by name, with %s', async (_, credentials) => {
    const routes = routesIn(gateway.gateway.app.router.stack);
    expect(routes.length).toBeGreaterThan(80);
    const open = new Set<string>();
    for (const { path, method } of routes) {
      const isApi = /^\/(admin|auth|public|openapi\.json)(\/|$)/.test(path);
      const init = { method, headers: { 'content-type': 'application/json', ...credentials } };
      const response = await ask(
        `${isApi ? '/api' : ''}${path.replaceAll(/:\w+/g, 'x')}`,
        method === 'GET' ? init : { ...init, body: '{}' },
      );
      await response.arrayBuffer();
      // An endpoint of clients says of any other method that it takes POST only, and no more.
      if (![401, 405].includes(response.status)) open.add(`${method} ${path}`);
    }
    expect([...open].toSorted()).toEqual(OPEN);
  });

  it('D9 tells nothing of what clients send and are answered', async () => {
    const secrets = ['a secret question', 'a-secret-header', 'a secret answer', KEYS.litellm, PROVIDER_KEY];
    const content = `${secrets[0]} @emulate {"text":"${secrets[2]}"}`;
    const answer = await postChat(gateway, {
      key: KEYS.litellm,
      headers: { 'x-secret': 'a-secret-header' },
      body: { model: MODEL, messages: [{ role: 'user', content }] },
    });
    expect(await answer.text()).toContain('a secret answer');
    for (const [method = '', path = ''] of OPEN.map((name) => name.split(' '))) {
      if (method !== 'GET') continue;
      const isApi = path === '/openapi.json' || path.startsWith('/public');
      const response = await ask(`${isApi ? '/api' : ''}${path}`);
      expect(response.status).toBe(200);
      const text = await response.text();
      for (const secret of secrets) expect(text, path).not.toContain(secret);
      expect(text, path).not.toMatch(/key_[0-9a-f-]{36}|req_[0-9a-f-]{36}/);
    }
  });

  it('D9 is nothing of what the source system showed to everybody', async () => {
    const paths = ['/api/admin/config/debug-stream', '/portkey-config/conf.json', '/downloads/agent'];
    for (const path of paths) expect((await ask(path)).status).toBe(404);
  });

  it.each(['/v1/models', '/models', '/v1/model/info', '/model/info'])(
    'is no list of models: %s',
    async (path) => {
      expect((await ask(path)).status).toBe(401);
    },
  );
});

describe('GET /models', () => {
  it('N5 is the page for a browser, and a list in JSON for a client', async () => {
    const page = await ask('/models', { headers: { accept: BROWSER } });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('vary')).toMatch(/accept/i);
    expect(await page.text()).toContain('Banyan');
    for (const accept of ['application/json', '*/*', 'application/json, text/html;q=0.5']) {
      const headers = { accept, authorization: `Bearer ${KEYS.litellm}` };
      const list = await ask('/models', { headers });
      expect(list.headers.get('content-type')).toContain('application/json');
      expect(await list.json()).toMatchObject({ object: 'list', data: [{ id: 'gpt-4o-mini' }] });
    }
  });

  it('N5 is the list for who would rather have a page, and comes with a key', async () => {
    const headers = { accept: BROWSER, 'x-api-key': KEYS.litellm };
    expect(await (await ask('/models', { headers })).json()).toMatchObject({ object: 'list' });
    const unknown = await ask('/models', { headers: { accept: BROWSER, 'x-api-key': 'vk-of-nobody' } });
    expect(unknown.status).toBe(401);
  });

  it('N5 is the list under /v1, whoever asks', async () => {
    const headers = { accept: BROWSER, authorization: `Bearer ${KEYS.litellm}` };
    expect(await (await ask('/v1/models', { headers })).json()).toMatchObject({ object: 'list' });
  });
});
