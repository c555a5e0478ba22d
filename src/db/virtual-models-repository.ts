import type { Knex } from 'knex';
import { z } from 'zod';
import type { VirtualModel, VirtualTarget } from '../core/catalog.ts';
import { isJsonObject, type JsonObject, parseJson } from '../core/json.ts';
import { flag } from './row-types.ts';

const rowSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(['fallback', 'loadbalance']),
  config: z.string(),
  enabled: flag,
});

const expertRowSchema = z.object({ id: z.string(), name: z.string(), config: z.string(), enabled: flag });

/** How targets are stored: the source system's names. */
const configSchema = z.object({
  targets: z.array(
    z.object({
      model: z.string(),
      weight: z.number().optional(),
      on_status_codes: z.array(z.number()).optional(),
    }),
  ),
});

/** All virtual models, by name: those with targets, then those with experts. */
export async function listVirtualModels(db: Knex): Promise<readonly VirtualModel[]> {
  const routed = z.array(rowSchema).parse(await db('routing_configs').orderBy('name'));
  const experts = z.array(expertRowSchema).parse(await db('expert_routing_configs').orderBy('name'));
  return [
    ...routed.map(({ type, config, ...row }) => ({ ...row, strategy: type, targets: readTargets(config) })),
    ...experts.map(({ config, ...row }) => ({
      ...row,
      strategy: 'expert' as const,
      targets: [],
      expertRouting: readObject(config),
    })),
  ];
}

/**
 * Inserts the virtual model with its targets, or changes the one of that name, whose id stays; one with experts makes
 * room for it. Call it in a transaction.
 */
export async function saveRoutedModel(
  db: Knex,
  model: Pick<VirtualModel, 'id' | 'name' | 'targets'> & { readonly strategy: 'fallback' | 'loadbalance' },
): Promise<void> {
  const config = JSON.stringify({
    strategy: { mode: model.strategy },
    targets: model.targets.map(({ onStatusCodes, ...target }) => ({
      ...target,
      on_status_codes: onStatusCodes,
    })),
  });
  await db('expert_routing_configs').where({ name: model.name }).delete();
  await save(db, 'routing_configs', model, { type: model.strategy, config });
}

/**
 * Inserts the virtual model with its experts, or changes the one of that name, whose id stays; one with targets makes
 * room for it. Call it in a transaction.
 */
export async function saveExpertModel(
  db: Knex,
  model: Pick<VirtualModel, 'id' | 'name'> & { readonly expertRouting: JsonObject },
): Promise<void> {
  await db('routing_configs').where({ name: model.name }).delete();
  await save(db, 'expert_routing_configs', model, { config: JSON.stringify(model.expertRouting) });
}

async function save(
  db: Knex,
  table: string,
  { id, name }: Pick<VirtualModel, 'id' | 'name'>,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const now = Date.now();
  await db(table)
    .insert({ id, name, ...values, enabled: true, created_at: now, updated_at: now })
    .onConflict('name')
    .merge({ ...values, updated_at: now });
}

function readTargets(config: string): readonly VirtualTarget[] {
  const { targets } = configSchema.parse(parseJson(config));
  return targets.map(({ model, weight = 1, on_status_codes: onStatusCodes }) => ({
    model,
    weight,
    onStatusCodes,
  }));
}

function readObject(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}
