import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { startLocalServer } from '../../../../test/support/local-server.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { Secret } from '../../../core/secret.ts';
import { createFlagPolling } from '../flag-polling.ts';

const SNAPSHOT = { version: 2, features: [{ name: 'use-litellm', enabled: true, strategies: [] }] };

/** @param answer is given the number of the poll, from 1 */
async function setUp(answer: (response: ServerResponse, poll: number) => void) {
  const polls: number[] = [];
  const url = await startLocalServer((request, response) => {
    if (!request.url?.startsWith('/api/client/features')) return void response.writeHead(202).end();
    polls.push(performance.now());
    answer(response, polls.length);
  });
  const logger = createRecordingLogger();
  const told = { snapshots: 0, unchanged: 0, isOfUse: true };
  const polling = createFlagPolling(
    { url, environment: 'production', apiToken: new Secret('token'), pollMs: 50, requestMs: 1_000 },
    {
      onSnapshot() {
        told.snapshots += 1;
        return told.isOfUse;
      },
      onUnchanged() {
        told.unchanged += 1;
      },
    },
    logger,
  );
  onTestFinished(() => polling.stop());
  return { polling, polls, told, logger };
}

const serve = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'application/json', etag: '"1"' }).end(JSON.stringify(SNAPSHOT));

describe('polling', { timeout: 30_000 }, () => {
  it('tells of what comes, and of each poll that brought nothing new', async () => {
    const { polling, told } = await setUp((response, poll) =>
      poll === 1 ? serve(response) : response.writeHead(304).end(),
    );
    expect(await polling.refresh()).toBe(true);
    expect(told.snapshots).toBe(1);
    await eventually(() => told.unchanged >= 2);
    expect(told.snapshots).toBe(1);
  });

  it('goes on after a 401, with growing pauses while that lasts', async () => {
    const { polling, polls, told, logger } = await setUp((response, poll) =>
      poll <= 2 ? response.writeHead(401).end('{}') : serve(response),
    );
    expect(await polling.refresh()).toBe(false);
    await eventually(() => told.snapshots > 0);
    const [first = 0, second = 0, third = 0] = polls;
    expect(third - second).toBeGreaterThan(1.5 * (second - first));
    expect(JSON.stringify(logger.entries)).not.toContain('"token"');
    expect(logger.entries.length).toBeGreaterThan(0);
  });

  it('takes no word of nothing new for a confirmation of what was of no use', async () => {
    const { polling, polls, told } = await setUp((response, poll) =>
      poll === 1 ? serve(response) : response.writeHead(304).end(),
    );
    told.isOfUse = false;
    expect(await polling.refresh()).toBe(false);
    await eventually(() => polls.length > 4);
    expect(told.unchanged).toBe(0);
  });

  it('asks anew at a refresh, without what the client before knew', async () => {
    const { polling, told } = await setUp(serve);
    expect(await polling.refresh()).toBe(true);
    const before = told.snapshots;
    expect(await polling.refresh()).toBe(true);
    expect(told.snapshots).toBeGreaterThan(before);
  });

  it('that is stopped asks no more', async () => {
    const { polling, polls } = await setUp(serve);
    await polling.refresh();
    polling.stop();
    const before = polls.length;
    expect(await polling.refresh()).toBe(false);
    expect(polls.length).toBe(before);
  });

  it('survives a poll that is refused after its client was ended', async () => {
    const held: ServerResponse[] = [];
    const { polling, polls } = await setUp((response, poll) => {
      if (poll === 2) held.push(response);
      else serve(response);
    });
    await polling.refresh();
    await eventually(() => held.length > 0);
    expect(await polling.refresh()).toBe(true);
    const before = polls.length;
    // Nobody hears of it any more: an `error` event without a listener would end the process.
    for (const response of held) response.writeHead(403).end('{}');
    await eventually(() => polls.length >= before + 3);
  });
});
