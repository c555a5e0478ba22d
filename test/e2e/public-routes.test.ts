import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EmulatedGateway, KEYS, startEmulatedGateway } from '../support/emulated-gateway.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

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

  it('N5 is the list under /v1, whoever asks', async () => {
    const headers = { accept: BROWSER, authorization: `Bearer ${KEYS.litellm}` };
    expect(await (await ask('/v1/models', { headers })).json()).toMatchObject({ object: 'list' });
  });
});
