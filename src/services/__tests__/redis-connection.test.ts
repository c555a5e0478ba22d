import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import {
  HAS_REDIS,
  MISSING_REDIS,
  type RedisServer,
  startRedisServer,
} from '../../../test/support/redis-server.ts';
import { Secret } from '../../core/secret.ts';
import { RedisConnection } from '../redis-connection.ts';

/** Longer than any answer that comes takes. */
const PATIENT_MS = 20_000;
const HASTY_MS = 20;

function createConnection(url: string) {
  const logger = createRecordingLogger();
  const connection = new RedisConnection(new Secret(url), logger);
  onTestFinished(() => {
    if (connection.state().status !== 'stopped') connection.close();
  });
  let sent = 0;
  const ping = (waitMs = PATIENT_MS) =>
    connection.ask((client) => {
      sent += 1;
      return client.ping();
    }, waitMs);
  return { connection, logger, ping, sent: () => sent };
}

describe('a connection to a Redis that is not there', () => {
  it('is asked nothing and has no answer, at once', async () => {
    const { connection, ping, sent } = createConnection('redis://127.0.0.1:1');
    expect(connection.state()).toEqual({ name: 'redis', status: 'starting' });
    expect(await ping()).toBeUndefined();
    connection.connect();
    await eventually(() => connection.state().status === 'down');
    expect(await ping()).toBeUndefined();
    expect(sent()).toBe(0);
  });

  it('is warned of once, however often it is tried, and never with its credentials', async () => {
    const { connection, logger } = createConnection('redis://user:hidden-password@127.0.0.1:1');
    connection.connect();
    await eventually(() => connection.state().status === 'down');
    for (let round = 0; round < 5; round += 1) connection.warn(new Error('another'));
    expect(logger.entries.map(({ level }) => level)).toEqual(['warn']);
    expect(JSON.stringify(logger.entries)).not.toContain('hidden-password');
  });

  it('can be closed, and stays so', async () => {
    const { connection, ping } = createConnection('redis://127.0.0.1:1');
    connection.connect();
    connection.close();
    connection.warn(new Error('late'));
    expect(await ping()).toBeUndefined();
    expect(connection.state().status).toBe('stopped');
  });
});

describe.skipIf(!HAS_REDIS)(`a connection to a Redis${MISSING_REDIS}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis.stop());

  async function connected() {
    const made = createConnection(redis.url);
    made.connection.connect();
    await eventually(async () => (await made.ping()) !== undefined);
    return made;
  }

  it('gives stored values as bytes', async () => {
    const { connection } = await connected();
    expect(connection.state().status).toBe('up');
    await connection.ask((client) => client.set('key', Buffer.from([0, 255])), PATIENT_MS);
    expect(await connection.ask((client) => client.get('key'), PATIENT_MS)).toEqual(Buffer.from([0, 255]));
  });

  it('has no answer where a command fails, and goes on', async () => {
    const { connection, ping, logger } = await connected();
    const failing = connection.ask((client) => client.sendCommand(['NO-SUCH-COMMAND']), PATIENT_MS);
    expect(await failing).toBeUndefined();
    expect(logger.entries).toHaveLength(1);
    expect(Buffer.from((await ping()) ?? '').toString()).toBe('PONG');
    expect(connection.state().status).toBe('up');
  });

  it('is waited for no longer than told, and left alone until it has answered what it was asked', async () => {
    const { connection, ping, sent } = await connected();
    redis.freeze();
    const before = sent();
    try {
      expect(await ping(HASTY_MS)).toBeUndefined();
      expect(connection.state().status).toBe('down');
      for (let round = 0; round < 5; round += 1) expect(await ping()).toBeUndefined();
      expect(sent()).toBe(before + 1);
    } finally {
      redis.thaw();
    }
    await eventually(async () => (await ping()) !== undefined);
    expect(connection.state().status).toBe('up');
  });

  it('is made again by itself when the server is back', async () => {
    const { connection, ping } = await connected();
    await redis.kill();
    await eventually(() => connection.state().status === 'down');
    expect(await ping()).toBeUndefined();
    await redis.restart();
    await eventually(async () => (await ping()) !== undefined);
    expect(connection.state().status).toBe('up');
  });
});
