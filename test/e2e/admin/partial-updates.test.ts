import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EmulatedGateway, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { addByAdmin, askAdmin } from './admin-client.ts';
import {
  catalogEntities,
  expertsWith,
  IDENTIFIER,
  SPARE_MODELS,
  SPARE_PROVIDER,
} from './catalog-entities.ts';
import { installationEntities, MASTER_KEY } from './installation-entities.ts';
import type { Change, Entity } from './stored-entity.ts';

/** Secrets, which no answer shows, and what leads to another thing: other tests change them. */
const ELSEWHERE = ['apiKey', 'password', 'portkeyGatewayId'];

const METHODS = ['PUT', 'PATCH'] as const;
const ENTITIES = [...catalogEntities(() => gateway), ...installationEntities(() => gateway)];

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({
    env: { PORTKEY_GATEWAY_URL: 'off', ENCRYPTION_KEY: MASTER_KEY.toString('base64') },
  });
  await addByAdmin(gateway, '/providers', { id: SPARE_PROVIDER, type: 'openai' });
  for (const name of SPARE_MODELS) {
    await addByAdmin(gateway, '/models', { name, providerId: 'emulator', modelIdentifier: IDENTIFIER });
  }
});
afterAll(() => gateway.stop());

const schema = z.object({ properties: z.record(z.string(), z.unknown()) });
const changeOperation = z.object({
  requestBody: z.object({ content: z.object({ 'application/json': z.object({ schema }) }) }),
});
const documentSchema = z.object({
  paths: z.record(z.string(), z.object({ put: changeOperation.optional() })),
});

/** Each of these changes, sent by either method. */
const crossed = (pick: (entity: Entity) => readonly Change[]) =>
  ENTITIES.flatMap((entity) =>
    pick(entity).flatMap((change) =>
      METHODS.map((method) => ({
        entity,
        change,
        method,
        name: entity.name,
        sent: JSON.stringify({ [change.field]: change.value }),
      })),
    ),
  );

/** Sends the one field, and expects it to be the only one that has changed. */
async function expectOneChange({ make }: Entity, method: string, change: Change): Promise<void> {
  const { path, view, secretWorks } = await make();
  const { field, value, shown = value, beside } = change;
  const { status, body } = await askAdmin(gateway, method, path, { body: { [field]: value } });
  const time = 'updatedAt' in view ? { updatedAt: expect.any(Number) } : {};
  const expected = { ...view, [field]: shown, ...beside, ...time };
  expect({ status, body }).toEqual({ status: 200, body: expected });
  expect((await askAdmin(gateway, 'GET', path)).body).toEqual(expected);
  expect(await secretWorks(), 'its secret is the one that it was made with').toBe(true);
}

describe('a partial update', () => {
  it.each(crossed(({ changes }) => changes))(
    'M10 $method of a $name with $sent leaves everything else as it was',
    ({ entity, method, change }) => expectOneChange(entity, method, change),
  );

  it.each(crossed(({ cleared }) => cleared))(
    'M10 $method of a $name with $sent clears that and nothing else',
    ({ entity, method, change }) => expectOneChange(entity, method, change),
  );

  it.each(ENTITIES.flatMap(({ make, name, needed }) => needed.map((field) => ({ make, name, field }))))(
    'M10 a $name keeps its $field where null would clear it, and the answer names the field',
    async ({ make, field }) => {
      const { path, view } = await make();
      const refused = await askAdmin(gateway, 'PATCH', path, { body: { [field]: null } });
      const error = expect.objectContaining({ code: 'invalid_body', param: field });
      expect(refused).toEqual({ status: 400, body: { error } });
      expect((await askAdmin(gateway, 'GET', path)).body).toEqual(view);
    },
  );

  it('is tried with every field of every entity that the document lets somebody change', async () => {
    const { paths } = documentSchema.parse(await (await fetch(`${gateway.url}/api/openapi.json`)).json());
    const documented = Object.entries(paths).flatMap(([path, { put }]) =>
      Object.keys(put?.requestBody.content['application/json'].schema.properties ?? {})
        .filter((field) => !ELSEWHERE.includes(field))
        .map((field) => `${path} ${field}`),
    );
    const tried = ENTITIES.flatMap(({ template, changes, cleared }) =>
      [...changes, ...cleared].map(({ field }) => `${template} ${field}`),
    );
    expect(documented.length).toBeGreaterThan(50);
    expect(documented.filter((field) => !tried.includes(field))).toEqual([]);
  });
});

describe('the switch for structured output', () => {
  it('M4 is kept when it is saved, and when something else is', async () => {
    const config = expertsWith('Which of: {{USER_PROMPT}}');
    const { id } = await addByAdmin(gateway, '/expert-routing', { name: 'structured', config });
    const isOn = { classifier: { enable_structured_output: true } };
    expect((await askAdmin(gateway, 'GET', `/expert-routing/${id}`)).body.config).toMatchObject(isOn);
    const renamed = await askAdmin(gateway, 'PUT', `/expert-routing/${id}`, { body: { name: 'renamed' } });
    expect(renamed.body.config).toMatchObject(isOn);
  });
});
