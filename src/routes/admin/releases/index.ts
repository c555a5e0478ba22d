import { z } from 'zod';
import type { ControlNote, ReleaseControl, StepNote } from '../../../rollout/release/release-control.ts';
import type { ReleaseView } from '../../../rollout/release/release-view.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import {
  historyView,
  planDocument,
  planView,
  runView,
  statusView,
  toHistoryView,
  toPlanView,
  toRunView,
} from './release-schemas.ts';

const reason = z.string().trim().min(1).max(1000);
const reasonBody = z.strictObject({ reason });
/** The step that the run is in: a body that is sent twice must not count for the step after it. */
const stepBody = z.strictObject({ step: z.string().min(1).max(100), reason });
const startBody = z.strictObject({ plan: z.string().min(1).max(255), reason });
const planBody = z.strictObject({
  document: z
    .string()
    .min(1)
    .max(256 * 1024),
});
const planParams = z.object({ id: z.string() });

/** `/api/admin/releases`: plans, and the one that is carried out. */
export function releaseOperations({
  control,
}: {
  readonly control: ReleaseControl;
}): readonly AdminOperation[] {
  return [
    ...planOperations(control),
    ...runOperations(control),
    ...stepOperations(control),
    ...personOperations(control),
  ];
}

function planOperations(control: ReleaseControl): readonly AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: '/admin/releases/plans',
      role: 'viewer',
      summary: 'All release plans, each with its revisions, the newest first',
      input: {},
      response: z.object({ plans: z.array(planView) }),
      handle: async () => ({ plans: (await control.listPlans()).map(toPlanView) }),
    }),
    defineOperation({
      methods: ['post'],
      path: '/admin/releases/plans',
      role: 'operator',
      summary:
        'Store a plan, as YAML or JSON: another revision, unless the latest one is the same and still open',
      input: { body: planBody },
      response: planView,
      handle: async ({ body }, { name }) => toPlanView(await control.addPlan(body.document, name)),
    }),
    defineOperation({
      methods: ['get'],
      path: '/admin/releases/plans/{id}',
      role: 'viewer',
      summary: 'A revision of a plan, as it was written; by its name alone, the latest',
      input: { params: planParams },
      response: planDocument,
      async handle({ params }) {
        const plan = await control.findPlan(params.id);
        return { ...toPlanView(plan), document: plan.text };
      },
    }),
  ];
}

function runOperations(control: ReleaseControl): readonly AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: '/admin/releases/status',
      role: 'viewer',
      summary: 'Where the latest run stands, its verdict, and the figures that say it',
      input: {},
      response: statusView,
      async handle() {
        const view = await control.status();
        return { run: view === undefined ? null : toRunView(view, Date.now()) };
      },
    }),
    defineOperation({
      methods: ['get'],
      path: '/admin/releases/history',
      role: 'viewer',
      summary: 'All decisions about the latest run, and what was measured, with what each was judged by',
      input: {},
      response: historyView,
      async handle() {
        const history = await control.history();
        return history === undefined
          ? { run: null, decisions: [], measurements: [] }
          : toHistoryView(history);
      },
    }),
    defineOperation({
      methods: ['post'],
      path: '/admin/releases/start',
      role: 'operator',
      summary: 'Begin to carry out a plan: by its name, the latest revision',
      input: { body: startBody },
      response: runView,
      handle: async ({ body }, { name }) =>
        toRunView(await control.start(body.plan, { actor: name, reason: body.reason }), Date.now()),
    }),
  ];
}

/** What people do about the step after the one that the run is in. */
function stepOperations(control: ReleaseControl): readonly AdminOperation[] {
  const acts: readonly (readonly [string, string, (note: StepNote) => Promise<ReleaseView>])[] = [
    ['promote', 'Agree to the next step, which begins when it was shown to be safe', control.promote],
    ['skip', 'Begin the next step although it was not shown to be safe', control.skip],
  ];
  return acts.map(([name, summary, act]) =>
    defineOperation({
      methods: ['post'],
      path: `/admin/releases/${name}`,
      role: 'operator',
      summary,
      input: { body: stepBody },
      response: runView,
      handle: async ({ body }, actor) => toRunView(await act({ ...body, actor: actor.name }), Date.now()),
    }),
  );
}

type Act = (note: ControlNote) => Promise<ReleaseView>;

/** What people do to the run. */
function personOperations(control: ReleaseControl): readonly AdminOperation[] {
  const acts: readonly (readonly [string, string, Act])[] = [
    ['hold', 'Promote nothing until it is resumed', control.hold],
    ['resume', 'Go on with a run that is held or inconclusive; its deadline counts anew', control.resume],
    ['abort', 'Send everybody back to the legacy path, and end the run', control.abort],
  ];
  return acts.map(([name, summary, act]) =>
    defineOperation({
      methods: ['post'],
      path: `/admin/releases/${name}`,
      role: 'operator',
      summary,
      input: { body: reasonBody },
      response: runView,
      handle: async ({ body }, actor) =>
        toRunView(await act({ actor: actor.name, reason: body.reason }), Date.now()),
    }),
  );
}
