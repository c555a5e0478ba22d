import { z } from 'zod';
import { listRules } from '../routing-rules-repository.ts';
import { changeRule, createRule, removeRule, requireRule } from './change-rules.ts';
import { doneResponse, idParams } from './fields.ts';
import type { LegacyOperationDependencies } from './operation-spec.ts';
import { newRuleBody, ruleChangeBody, ruleView } from './rule-schemas.ts';

const PATH = '/admin/routing-rules';

/** `/api/admin/routing-rules`: what sends calls of the legacy path to its gateways. */
export function ruleOperations<Actor, Operation>(
  deps: LegacyOperationDependencies<Actor, Operation>,
): Operation[] {
  const { db, define } = deps;
  return [
    define({
      methods: ['get'],
      path: PATH,
      role: 'viewer',
      summary: 'All rules, in the order in which they are tried',
      input: {},
      response: z.array(ruleView),
      handle: async () => [...(await listRules(db))],
    }),
    define({
      methods: ['post'],
      path: PATH,
      role: 'operator',
      summary: 'Add a rule',
      input: { body: newRuleBody },
      status: 201,
      response: ruleView,
      handle: ({ body }, actor) => createRule(deps, actor, body),
    }),
    define({
      methods: ['get'],
      path: `${PATH}/{id}`,
      role: 'viewer',
      summary: 'One rule',
      input: { params: idParams },
      response: ruleView,
      handle: ({ params }) => requireRule(db, params.id),
    }),
    define({
      methods: ['put', 'patch'],
      path: `${PATH}/{id}`,
      role: 'operator',
      summary: 'Change the named fields of a rule',
      input: { params: idParams, body: ruleChangeBody },
      response: ruleView,
      handle: ({ params, body }, actor) => changeRule(deps, actor, params.id, body),
    }),
    define({
      methods: ['delete'],
      path: `${PATH}/{id}`,
      role: 'operator',
      summary: 'Remove a rule',
      input: { params: idParams },
      response: doneResponse,
      async handle({ params }, actor) {
        await removeRule(deps, actor, params.id);
        return { success: true as const };
      },
    }),
  ];
}
