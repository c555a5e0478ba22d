import type { AddressInfo } from 'node:net';
import express from 'express';
import { Agent } from 'undici';

/**
 * The least that a gateway on the same stack can do, as a yardstick: read a JSON body, send it on over undici, write
 * the answer. `node bench/bare-relay.ts UPSTREAM_URL`.
 */
const [upstream] = process.argv.slice(2);
if (upstream === undefined) throw new Error('usage: bare-relay.ts UPSTREAM_URL');

const { origin, pathname } = new URL(upstream);
const agent = new Agent();
const app = express();
app.post('/v1/chat/completions', express.json(), async (request, response) => {
  const answer = await agent.request({
    origin,
    path: `${pathname}/chat/completions`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify(request.body),
  });
  response.statusCode = answer.statusCode;
  response.setHeader('content-type', 'application/json');
  response.end(Buffer.from(await answer.body.arrayBuffer()));
});

const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
});
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
  process.once(signal, () => process.exit(0));
