import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { z } from 'zod';
import { GatewayError } from '../../src/core/gateway-error.ts';
import { findGateway } from '../gateways-repository.ts';
import { patternFault } from '../pattern-matcher.ts';
import {
  deleteRule,
  findRule,
  insertRule,
  type RoutingRule,
  type RuleFields,
  updateRule,
} from '../routing-rules-repository.ts';
import type { LegacyOperationDependencies } from './operation-spec.ts';
import type { newRuleBody, ruleChangeBody } from './rule-schemas.ts';

type ChangeDependencies<Actor> = Pick<LegacyOperationDependencies<Actor, unknown>, 'change'>;

/** @throws GatewayError `not_found` */
export async function requireRule(db: Knex, id: string): Promise<RoutingRule> {
  const rule = await findRule(db, id);
  if (rule === undefined) throw new GatewayError('not_found', 'There is no such rule.');
  return rule;
}

/** Adds a rule. @throws GatewayError `invalid_body` where there is no such gateway, or the pattern is none */
export function createRule<Actor>(
  { change }: ChangeDependencies<Actor>,
  actor: Actor,
  given: z.output<typeof newRuleBody>,
): Promise<RoutingRule> {
  const id = `rule_${randomUUID()}`;
  const fields: RuleFields = {
    ...given,
    description: given.description ?? null,
    priority: given.priority ?? 0,
    enabled: given.enabled ?? true,
  };
  return change(actor, async (transaction) => {
    await refuseUnknownGateway(transaction, fields.portkeyGatewayId);
    refuseUnusable(fields);
    await insertRule(transaction, id, fields);
    const result = await requireRule(transaction, id);
    return { entries: [{ action: 'create', ...entity(id), after: result }], result };
  });
}

/** Changes the named fields of a rule. @throws GatewayError `not_found`, and as `createRule` does */
export function changeRule<Actor>(
  { change }: ChangeDependencies<Actor>,
  actor: Actor,
  id: string,
  given: z.output<typeof ruleChangeBody>,
): Promise<RoutingRule> {
  return change(actor, async (transaction) => {
    const before = await requireRule(transaction, id);
    const { portkeyGatewayId, ruleType = before.ruleType, ruleValue = before.ruleValue } = given;
    if (portkeyGatewayId !== undefined) await refuseUnknownGateway(transaction, portkeyGatewayId);
    // A rule that came with a pattern that is none can still be renamed or switched off.
    if (given.ruleType !== undefined || given.ruleValue !== undefined)
      refuseUnusable({ ruleType, ruleValue });
    await updateRule(transaction, id, given);
    const result = await requireRule(transaction, id);
    return { entries: [{ action: 'update', ...entity(id), before, after: result }], result };
  });
}

/** Takes a rule away. @throws GatewayError `not_found` */
export function removeRule<Actor>(
  { change }: ChangeDependencies<Actor>,
  actor: Actor,
  id: string,
): Promise<void> {
  return change(actor, async (transaction) => {
    const before = await requireRule(transaction, id);
    await deleteRule(transaction, id);
    return { entries: [{ action: 'delete', ...entity(id), before }], result: undefined };
  });
}

async function refuseUnknownGateway(transaction: Knex.Transaction, id: string): Promise<void> {
  if ((await findGateway(transaction, id)) !== undefined) return;
  throw new GatewayError('invalid_body', `There is no gateway "${id}".`, { param: 'portkeyGatewayId' });
}

function refuseUnusable({ ruleType, ruleValue }: Pick<RuleFields, 'ruleType' | 'ruleValue'>): void {
  const fault = ruleType === 'pattern' ? patternFault(ruleValue) : undefined;
  if (fault !== undefined) throw new GatewayError('invalid_body', fault, { param: 'ruleValue' });
}

function entity(id: string) {
  return { entity: 'routing_rule', entityId: id };
}
