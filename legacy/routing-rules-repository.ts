import type { Knex } from 'knex';
import { z } from 'zod';
import { storedFlag, storedTime } from './stored-values.ts';

const TABLE = 'model_routing_rules';

const rowSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    portkey_gateway_id: z.string(),
    rule_type: z.string(),
    rule_value: z.string(),
    priority: z.number(),
    enabled: storedFlag,
    created_at: storedTime,
    updated_at: storedTime,
  })
  .transform((row) => ({
    id: row.id,
    name: row.name,
    description: row.description,
    portkeyGatewayId: row.portkey_gateway_id,
    /** One of `RULE_TYPES`; anything else, which older installations may hold, counts as `model_name`. */
    ruleType: row.rule_type,
    ruleValue: row.rule_value,
    priority: row.priority,
    enabled: row.enabled,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));

/** What a rule can look at. */
export const RULE_TYPES = ['model_name', 'provider', 'region', 'pattern'] as const;

/** A stored rule that sends calls to a gateway; times are epoch milliseconds. */
export type RoutingRule = Readonly<z.output<typeof rowSchema>>;

/** What an operator sets of a rule. */
export type RuleFields = Omit<RoutingRule, 'id' | 'createdAt' | 'updatedAt'>;

/** Fields that a change names; one that is undefined stays as it is. */
export type RuleChange = { readonly [field in keyof RuleFields]?: RuleFields[field] | undefined };

/**
 * All rules in the order in which they are tried: by priority, the newest first among equals.
 * @param gatewayId only those that send to this gateway, where given
 */
export async function listRules(db: Knex, gatewayId?: string): Promise<readonly RoutingRule[]> {
  const query = db(TABLE).orderBy('priority', 'desc').orderBy('created_at', 'desc').orderBy('id');
  if (gatewayId !== undefined) query.where({ portkey_gateway_id: gatewayId });
  const rows: unknown = await query;
  return z.array(rowSchema).parse(rows);
}

/** The rule with that id; undefined where there is none. */
export async function findRule(db: Knex, id: string): Promise<RoutingRule | undefined> {
  const row: unknown = await db(TABLE).where({ id }).first();
  return row === undefined ? undefined : rowSchema.parse(row);
}

/** Adds a rule. */
export async function insertRule(db: Knex, id: string, fields: RuleFields): Promise<void> {
  const now = Date.now();
  await db(TABLE).insert({ id, ...toColumns(fields), created_at: now, updated_at: now });
}

/** Changes exactly the named fields: Knex leaves a column that is undefined out of an update. */
export async function updateRule(db: Knex, id: string, change: RuleChange): Promise<void> {
  await db(TABLE)
    .where({ id })
    .update({ ...toColumns(change), updated_at: Date.now() });
}

/** Takes the rule away. */
export async function deleteRule(db: Knex, id: string): Promise<void> {
  await db(TABLE).where({ id }).delete();
}

function toColumns(change: RuleChange) {
  return {
    name: change.name,
    description: change.description,
    portkey_gateway_id: change.portkeyGatewayId,
    rule_type: change.ruleType,
    rule_value: change.ruleValue,
    priority: change.priority,
    enabled: change.enabled,
  };
}
