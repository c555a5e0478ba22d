import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../support/eventually.ts';
import { HAS_REDIS, MISSING_REDIS, type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { type RunningGateway, startGateway } from '../support/running-gateway.ts';

const readinessSchema = z.object({
  status: z.string(),
  parts: z.record(z.string(), z.object({ status: z.string() })),
});

/** What a load balancer is told, with the parts that are in Redis. */
async function readiness(gateway: RunningGateway) {
  const response = await fetch(`${gateway.url}/health/ready`);
  const { status, parts } = readinessSchema.parse(await response.json());
  const { redis, redis_limits } = parts;
  return { httpStatus: response.status, status, redis: redis?.status, limits: redis_limits?.status };
}

async function isAt(gateway: RunningGateway, state: 'up' | 'down'): Promise<boolean> {
  const { redis, limits } = await readiness(gateway);
  return redis === state && limits === state;
}

describe.skipIf(!HAS_REDIS)(`the readiness of a gateway with Redis${MISSING_REDIS}`, () => {
  let server: RedisServer;
  let gateway: RunningGateway;
  beforeAll(async () => {
    server = await startRedisServer();
    gateway = await startGateway({ env: { REDIS_URL: server.url } });
  });
  afterAll(async () => {
    await gateway.stop();
    await server.stop();
  });

  it('has the cache’s connection and that of the limits; it is degraded while they are down, and serves', async () => {
    const isFine = async () => (await isAt(gateway, 'up')) && (await readiness(gateway)).status === 'ok';
    await eventually(isFine);
    await server.kill();
    await eventually(() => isAt(gateway, 'down'));
    expect(await readiness(gateway)).toMatchObject({ httpStatus: 200, status: 'degraded' });
    await server.restart();
    await eventually(isFine);
  });
});
