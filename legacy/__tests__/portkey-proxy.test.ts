import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createPortkeyProxy } from '../portkey-proxy.ts';

const LIMITS = { connectMs: 5_000, headersMs: 5_000, idleMs: 60_000 };
/** Of the gateway's; Node's server tells it to its clients. */
const KEPT_MS = 3_000;

async function readAll(answer: IncomingMessage): Promise<void> {
  for await (const _ of answer) {
    // Only its end counts.
  }
}

it('a connection that is kept is given up before the gateway closes it, so that no request meets its end', async () => {
  const connected = Promise.withResolvers<Socket>();
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'));
  });
  server.keepAliveTimeout = KEPT_MS;
  server.on('connection', connected.resolve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = createPortkeyProxy(LIMITS);
  onTestFinished(() => {
    proxy.close();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.');
  const request = {
    url: '/v1/chat/completions',
    headers: { 'content-length': '2' },
    body: Buffer.from('{}'),
  };
  await readAll(await proxy.send(`http://127.0.0.1:${address.port}`, request, new AbortController().signal));
  const socket = await connected.promise;
  let endedBy = 'the gateway';
  socket.once('end', () => {
    endedBy = 'the proxy';
  });
  await once(socket, 'close');
  expect(endedBy).toBe('the proxy');
}, 20_000);
