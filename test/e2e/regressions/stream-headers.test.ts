import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { said } from '../../parity/corpus/turns.ts';
import { type EmulatedGateway, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { accountsFile, ask, crossed, DIALECTS, MODELS, WAYS } from './accounts.ts';
import { chunksOf, type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';

let gateway: EmulatedGateway;
/** Stands behind the `openai-compatible` account. */
let provider: ScriptedProvider;

beforeAll(async () => {
  provider = await startScriptedProvider();
  gateway = await startEmulatedGateway({}, (url) => accountsFile(url, provider.url));
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

/** Streams a chat completion and gives the answer's head as it came over the wire. */
async function headOf(key: string): Promise<IncomingMessage> {
  const body = JSON.stringify({
    model: MODELS['openai-compatible'].name,
    messages: said('Hi'),
    stream: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = httpRequest(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  });
  request.once('response', (response) => response.resume().once('end', () => resolve(response)));
  request.once('error', reject);
  request.end(body);
  return promise;
}

describe('the head of a stream', () => {
  const hopByHop = {
    'transfer-encoding': 'chunked',
    connection: 'close, x-hop',
    'keep-alive': 'timeout=77',
    'x-hop': 'one',
    'proxy-authenticate': 'Basic',
    trailer: 'x-late',
  };

  it.each(WAYS)(
    'S5 has each header once, and none of the provider’s own connection on %s',
    async (_way, key) => {
      provider.answerWith((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', ...hopByHop });
        response.end(
          chunksOf({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] }).join(''),
        );
      });
      const { statusCode, headers, rawHeaders } = await headOf(key);
      expect(statusCode).toBe(200);
      const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
      expect(names).toEqual([...new Set(names)]);
      expect(headers['transfer-encoding']).toBe('chunked');
      expect(headers['content-length']).toBeUndefined();
      expect(headers.trailer).toBeUndefined();
      expect([headers.connection, headers['keep-alive']].join()).not.toMatch(/close|x-hop|77/);
    },
  );

  it.each(crossed(WAYS, DIALECTS))(
    'S10 is what the gateway gives to a whole answer, CORS included: $type on $way',
    async ({ type, key }) => {
      const asked = { messages: said('Hi'), max_tokens: 50 };
      const own = /^(access-control-|x-request-id$|x-gateway-|x-cache-status$|server-timing$|vary$)/;
      const namesOf = ({ headers }: Response) => [...headers.keys()].filter((name) => own.test(name)).sort();
      const whole = await ask(gateway, key, type, asked);
      const streamed = await ask(gateway, key, type, { ...asked, stream: true });
      await Promise.all([whole.text(), streamed.text()]);
      expect(namesOf(streamed)).toEqual(namesOf(whole));
      expect(namesOf(streamed)).toContain('x-request-id');
    },
  );
});
