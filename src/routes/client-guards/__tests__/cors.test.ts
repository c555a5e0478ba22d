import express from 'express';
import { describe, expect, it } from 'vitest';
import { startLocalServer } from '../../../../test/support/local-server.ts';
import { createCors } from '../cors.ts';
import type { CorsSettings } from '../guard-settings.ts';

const ORIGIN = 'https://app.example';
const OPEN: CorsSettings = { enabled: true, allowedOrigins: undefined, allowsCredentials: false };
const PREFLIGHT = {
  origin: ORIGIN,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,x-stainless-lang',
};

/** Sends a request to an application that knows `GET /` and stands behind the guard. */
async function send(settings: CorsSettings, headers: Record<string, string>, method = 'GET') {
  const app = express();
  app.use(createCors(() => settings));
  app.get('/', (_request, response) => void response.json({}));
  const url = await startLocalServer(app);
  const response = await fetch(url, { method, headers });
  const access = [...response.headers].filter(([name]) => name.startsWith('access-control-'));
  return { status: response.status, vary: response.headers.get('vary'), access: Object.fromEntries(access) };
}

describe('createCors', () => {
  it('lets any origin read answers, without credentials, though they are allowed', async () => {
    const { status, vary, access } = await send({ ...OPEN, allowsCredentials: true }, { origin: ORIGIN });
    expect({ status, vary }).toEqual({ status: 200, vary: 'Origin' });
    expect(access).toEqual({
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers': expect.stringContaining('x-request-id'),
    });
  });

  it('lets the named origins read answers, with credentials where they are allowed', async () => {
    const settings = { ...OPEN, allowedOrigins: [ORIGIN], allowsCredentials: true };
    expect((await send(settings, { origin: ORIGIN })).access).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
    });
    const other = await send(settings, { origin: 'https://app.example.evil.example' });
    expect(other).toEqual({ status: 200, vary: 'Origin', access: {} });
  });

  it('answers a preflight itself, and lets every header be sent', async () => {
    expect(await send(OPEN, PREFLIGHT, 'OPTIONS')).toEqual({
      status: 204,
      vary: 'Origin, Access-Control-Request-Headers',
      access: {
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
        'access-control-allow-headers': 'authorization,x-stainless-lang',
        'access-control-max-age': '60',
      },
    });
  });

  it('leaves an OPTIONS that is no preflight, and that of an origin that is not allowed, to the application', async () => {
    expect((await send(OPEN, { origin: ORIGIN }, 'OPTIONS')).status).toBe(200);
    const settings = { ...OPEN, allowedOrigins: ['https://other.example'] };
    expect(await send(settings, PREFLIGHT, 'OPTIONS')).toMatchObject({ status: 200, access: {} });
  });

  it('does nothing where it is off, nor for a request without an origin but for caches', async () => {
    expect(await send({ ...OPEN, enabled: false }, { origin: ORIGIN })).toEqual({
      status: 200,
      vary: null,
      access: {},
    });
    expect(await send(OPEN, {})).toEqual({ status: 200, vary: 'Origin', access: {} });
  });
});
