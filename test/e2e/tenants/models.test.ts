import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseJson } from '../../../src/core/json.ts';
import {
  answerInTurn,
  askFor,
  chatFor,
  type OwnedKey,
  ownModels,
  SHARED,
  startTenants,
  type Tenants,
} from './tenants.ts';

const WAYS = ['litellm', 'legacy'] as const;
const UNKNOWN = 'nothing-of-the-kind';
const HIS = ownModels('tom');
/** Everything that another key may call or reaches through its virtual models, by all of its names. */
const OTHERS = [
  ...Object.values(HIS),
  `${HIS.real}-2024`,
  `${HIS.real}-too`,
  `${HIS.target}-2024`,
  // Nobody may call it by its own name, not even through whose virtual model it answers.
  ownModels('uma').target,
];

const listSchema = z.object({
  data: z.array(z.looseObject({ id: z.string().optional(), model_name: z.string().optional() })),
});

let tenants: Tenants;
beforeAll(async () => {
  tenants = await startTenants();
});
afterAll(() => tenants.stop());
beforeEach(() => answerInTurn(tenants.provider));

async function list(key: OwnedKey, path: string): Promise<string> {
  const [{ url }] = tenants.gateways;
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key.key}` } });
  expect(response.status).toBe(200);
  return response.text();
}

describe('a key', () => {
  it.each(['/v1/models', '/v1/model/info'])(
    'is told its own models by %s, and nothing of others',
    async (path) => {
      const { real, virtual, experts } = ownModels('uma');
      const text = await list(tenants.uma.keys.litellm, path);
      const { data } = listSchema.parse(parseJson(text));
      const names = data.map(({ id, model_name }) => id ?? model_name);
      expect(names).toEqual([...SHARED, real, `${real}-too`, virtual, experts].sort());
      expect(text).not.toMatch(/tom|olga|target/);
      expect(await list(tenants.uma.keys.legacy, path)).toBe(text);
    },
  );

  it.each(WAYS)('cannot tell a model of another from one that does not exist: %s', async (way) => {
    const { gateways, provider, uma, tom } = tenants;
    const refusal = async (model: string) => {
      const { status, response, text } = await askFor(gateways[0], uma.keys[way], chatFor(model));
      const {
        date,
        'x-request-id': id,
        'content-length': length,
        ...headers
      } = Object.fromEntries(response.headers);
      expect([date, id, Number(length)]).toEqual([expect.any(String), expect.any(String), text.length]);
      return { status, headers, text: text.replaceAll(model, 'THE MODEL') };
    };
    const unknown = await refusal(UNKNOWN);
    expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('model_not_found') });
    for (const model of OTHERS) expect(await refusal(model), model).toEqual(unknown);
    expect(provider.requests).toEqual([]);
    // They are there, for whose they are.
    for (const model of [HIS.real, HIS.virtual, `${HIS.real}-2024`])
      expect(await askFor(gateways[0], tom.keys[way], chatFor(model))).toMatchObject({ status: 200 });
  });

  it.each(WAYS)('means its own model by an identifier that others have as well: %s', async (way) => {
    const { gateways, uma, tom } = tenants;
    for (const { keys } of [uma, tom]) {
      const { status, text } = await askFor(gateways[0], keys[way], chatFor('common-2024'));
      expect([status, text]).toEqual([200, expect.not.stringMatching(/uma|tom|olga/)]);
    }
  });

  it.each(WAYS)('is told nothing of what is behind its virtual model when that fails: %s', async (way) => {
    const { gateways, provider, uma } = tenants;
    provider.answerJson({ error: { message: 'no', type: 'server_error', param: null, code: null } }, 500);
    const { virtual, experts } = ownModels('uma');
    for (const model of [virtual, experts]) {
      const { status, response, text } = await askFor(gateways[0], uma.keys[way], chatFor(model));
      expect(status).toBeGreaterThanOrEqual(500);
      expect(text + JSON.stringify([...response.headers])).not.toContain('target');
    }
  });
});
