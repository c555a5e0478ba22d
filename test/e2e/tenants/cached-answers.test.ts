import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { HAS_REDIS, MISSING_REDIS, type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { completion } from '../shared/routed-gateway.ts';
import { answerInTurn, askFor, chatFor, startTenants, type Tenants } from './tenants.ts';

const CHAT = '/v1/chat/completions';
/** Each with a question that nothing else asks. */
const REQUESTS = [
  { what: 'a chat completion', path: CHAT, body: (text: string) => chatFor('shared', text) },
  { what: 'a stream', path: CHAT, body: (text: string) => chatFor('shared', text, { stream: true }) },
  { what: 'embeddings', path: '/v1/embeddings', body: (text: string) => ({ model: 'vectors', input: text }) },
];
const CASES = (['litellm', 'legacy'] as const).flatMap((way) => REQUESTS.map((each) => ({ way, ...each })));

let asking = 0;

function describeCache(name: string, start: () => Promise<Tenants>): void {
  describe(name, () => {
    let tenants: Tenants;
    beforeAll(async () => {
      tenants = await start();
    });
    afterAll(() => tenants.stop());
    beforeEach(() => answerInTurn(tenants.provider));

    it.each(CASES)('has nothing of one key for another: $what on $way', async ({ way, path, body }) => {
      asking += 1;
      const request = body(`question ${asking}`);
      const { gateways, provider, uma, tom } = tenants;
      const last = gateways.at(-1) ?? gateways[0];
      const first = await askFor(gateways[0], uma.keys[way], request, path);
      expect(first).toMatchObject({ status: 200, cache: 'MISS' });
      // The answer is there for the key that asked, in every process: else the next lines would show nothing.
      await eventually(async () => (await askFor(last, uma.keys[way], request, path)).cache === 'HIT');
      const before = provider.requests.length;
      const second = await askFor(last, tom.keys[way], request, path);
      expect(second).toMatchObject({ status: 200, cache: 'MISS' });
      expect(provider.requests).toHaveLength(before + 1);
      expect(second.text).not.toBe(first.text);
      expect((await askFor(gateways[0], uma.keys[way], request, path)).text).not.toBe(second.text);
    });

    it('has nothing of one key for another of the same account', async () => {
      const { gateways, uma } = tenants;
      const request = chatFor('shared', 'a question by two keys');
      expect((await askFor(gateways[0], uma.keys.litellm, request)).cache).toBe('MISS');
      expect((await askFor(gateways[0], uma.keys.legacy, request)).cache).toBe('MISS');
    });
  });
}

describeCache('the cache in the process', () => startTenants());

describe.skipIf(!HAS_REDIS)(`with Redis${MISSING_REDIS}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis.stop());

  describeCache('the cache that two gateways share', () => startTenants(2, { REDIS_URL: redis.url }));
});

describe('requests that are the same at the same time', () => {
  let tenants: Tenants;
  beforeAll(async () => {
    tenants = await startTenants();
  });
  afterAll(() => tenants.stop());

  it.each(['litellm', 'legacy'] as const)(
    'share one call of their key, never of another: %s',
    async (way) => {
      const { gateways, provider, uma, tom } = tenants;
      const held: ServerResponse[] = [];
      provider.answerWith((response) => held.push(response));
      const request = chatFor('shared', `at once on ${way}`);
      const askTen = async (key: (typeof uma.keys)['litellm']) => {
        const answers = Array.from({ length: 10 }, () => askFor(gateways[0], key, request));
        return new Set((await Promise.all(answers)).map(({ status, text }) => `${status} ${text}`));
      };
      const asked = Promise.all([askTen(uma.keys[way]), askTen(tom.keys[way])]);
      await eventually(() => held.length === 2);
      held.forEach((response, index) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(completion(`answer ${index}`)));
      });
      const [umas, toms] = await asked;
      expect([umas.size, toms.size]).toEqual([1, 1]);
      expect([...umas]).not.toEqual([...toms]);
      expect(provider.requests).toHaveLength(2);
    },
  );
});
