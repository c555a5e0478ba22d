import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../src/core/secret.ts';
import { connectDatabase } from '../../src/db/connect-database.ts';

/** Stands between a client and its database server, until it says nothing more, without an end. */
async function startRelay(port: number) {
  let isSilent = false;
  const relay = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (data) => !isSilent && to.write(data));
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  onTestFinished(() => void relay.close());
  const address = relay.address();
  if (typeof address !== 'object' || address === null) throw new Error('The relay has no port.');
  const silence = () => {
    isSilent = true;
  };
  return { port: address.port, silence };
}

it('a server that says nothing more is waited for within a limit, by a statement and by the end', async () => {
  const server = inject('databaseServer');
  if (server === undefined) throw new Error('This runs on a database server only.');
  const url = new URL(`${server.url}/${server.engine}`);
  const relay = await startRelay(Number(url.port));
  url.port = String(relay.port);
  const db = connectDatabase({ engine: server.engine, url: new Secret(url.href) }, { answerMs: 1_000 });
  await db.raw('SELECT 1');
  relay.silence();
  await expect(db.raw('SELECT 2')).rejects.toThrow();
  await db.destroy();
});

it('connections that have nothing to say are closed, and others take their place', async () => {
  const server = inject('databaseServer');
  if (server === undefined) throw new Error('This runs on a database server only.');
  const location = { engine: server.engine, url: new Secret(`${server.url}/${server.engine}`) };
  const db = connectDatabase(location, { answerMs: 200 });
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => db.raw('SELECT 1 AS one')));
  expect(others).toHaveLength(2);
  await sleep(1_000);
  expect(rowsIn(await db.raw('SELECT 1 AS one'))).toEqual(rowsIn(first));
  await db.destroy();
});

/** Of either driver's answer. */
function rowsIn(answer: unknown): unknown {
  return Array.isArray(answer) ? answer[0] : z.object({ rows: z.unknown() }).parse(answer).rows;
}
