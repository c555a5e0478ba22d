import { inspect } from 'node:util';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../core/secret.ts';
import { SdkRequests } from '../sdk-requests.ts';

const KEY = new Secret('sk-own');

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: object;
}

/** An SDK's client that builds requests with these headers, or fails as told, and notes what it was asked for. */
function scriptedClient(headers: Readonly<Record<string, string>>, faults: unknown[] = []) {
  const asked: Asked[] = [];
  return {
    asked,
    buildRequest: async (options: Asked) => {
      asked.push(options);
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
      return {
        req: { headers: new Headers(headers) },
        url: `https://api.example:8443/v1${options.path}?beta=true`,
      };
    },
  };
}

describe('the requests of an account', () => {
  it('have the SDK’s address, of its headers those that it makes by itself, and the account’s own', async () => {
    const client = scriptedClient({
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'SDK/1',
      'x-stainless-lang': 'js',
      authorization: 'Bearer of-the-environment',
      'x-api-key': 'of-the-sdk',
      'x-custom': 'of-the-environment',
    });
    const requests = new SdkRequests(client, KEY, { 'x-api-key': 'sk-own', 'user-agent': 'gateway' });
    expect(await requests.prepare('/messages')).toEqual({
      origin: 'https://api.example:8443',
      path: '/v1/messages?beta=true',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'gateway',
        'x-stainless-lang': 'js',
        'x-api-key': 'sk-own',
      },
    });
    expect(client.asked).toEqual([{ method: 'post', path: '/messages', body: {} }]);
  });

  it('are built once for each endpoint, however many ask at the same time', async () => {
    const client = scriptedClient({});
    const requests = new SdkRequests(client, KEY, {});
    const paths = ['/messages', '/messages', '/count', '/messages'];
    const prepared = await Promise.all(paths.map((path) => requests.prepare(path)));
    expect(client.asked.map(({ path }) => path)).toEqual(['/messages', '/count']);
    expect(prepared[1]).toBe(prepared[0]);
    expect(await requests.prepare('/messages')).toBe(prepared[0]);
  });

  it('are built anew after one that the SDK could not build, whose text is kept from the client', async () => {
    const client = scriptedClient({}, [new Error('bad key sk-own')]);
    const requests = new SdkRequests(client, KEY, {});
    const failed = await Promise.allSettled([requests.prepare('/messages'), requests.prepare('/messages')]);
    for (const result of failed) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'internal_error' } });
      expect(JSON.stringify(result)).not.toContain('sk-own');
    }
    expect((await requests.prepare('/messages')).path).toBe('/v1/messages?beta=true');
    expect(client.asked).toHaveLength(2);
  });

  it('that a key cannot be sent in fail without it, in the log neither', async () => {
    const apiKey = 'sk-first\nsecond-half';
    const client = new OpenAI({ apiKey, logLevel: 'off' });
    const built = new SdkRequests(client, new Secret(apiKey), {}).prepare('/chat/completions');
    const fault: unknown = await built.catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'internal_error', cause: expect.any(Error) });
    expect(inspect(fault, { depth: 10 })).not.toMatch(/sk-first|second-half/);
  });
});
