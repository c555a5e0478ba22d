import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { z } from 'zod';
import { GatewayError } from '../core/gateway-error.ts';
import { parsePlan } from '../rollout/plan/parse-plan.ts';
import {
  decidedChange,
  type NewDecision,
  type ReleaseDecision,
  releaseDecision,
} from '../rollout/release/release-decision.ts';
import { isOver, type Measurement, type ReleaseRun, releaseRun } from '../rollout/release/release-run.ts';
import {
  type Lease,
  type ReleaseEvent,
  type ReleaseStore,
  type RunWrite,
  StaleRun,
  type StoredRun,
} from '../rollout/release/release-store.ts';
import { emptyAnalysis, type RunAnalysis, runAnalysis } from '../rollout/release/run-analysis.ts';
import type { PlanDraft, StoredPlan } from '../rollout/release/stored-plan.ts';
import { insertAuditEntries } from './audit-log-repository.ts';
import { acquireLease, releaseLease, requireLease } from './controller-lease.ts';
import { markTaken, readCounts, removeOldCounts } from './recorded-counts-repository.ts';
import { bigNumber } from './row-types.ts';
import { isUniqueViolation } from './unique-violation.ts';

const planRow = z.object({
  id: z.string(),
  revision: z.number(),
  hash: z.string(),
  document: z.string(),
  created_by: z.string(),
  created_at: bigNumber,
});
const runRow = z.object({ plan_id: z.string(), version: z.number(), run: z.string(), analysis: z.string() });
const decisionRow = z.object({
  id: z.string(),
  run_id: z.string(),
  sequence: z.number(),
  kind: z.string(),
  step_id: z.string(),
  actor: z.string(),
  reason: z.string(),
  change: z.string().nullable(),
  status: z.string(),
  fault: z.string().nullable(),
  attempts: z.number(),
  created_at: bigNumber,
  settled_at: bigNumber.nullable(),
});
const measurementRow = z.object({
  id: z.string(),
  run_id: z.string(),
  step_id: z.string(),
  measurement: z.string(),
  created_at: bigNumber,
});
const keptMeasurement = z.object({
  verdict: z.custom<Measurement['verdict']>(),
  inputs: z.record(z.string(), z.unknown()),
});

const MEASURED_MS = 90 * 86_400_000;

/** Stores an event for whoever is to be told, in the transaction of what happened. */
type Announce = (event: ReleaseEvent, transaction: Knex.Transaction) => Promise<void>;

/** Plans, runs and their decisions, kept in the database. */
export function createReleaseStore(db: Knex, announce: Announce): ReleaseStore {
  return {
    addPlan: (draft, actor) => db.transaction((transaction) => addPlan(transaction, draft, actor)),
    findPlan: (reference) => findPlan(db, reference),
    async listPlans() {
      const rows = await db('release_plans')
        .select()
        .orderBy([{ column: 'created_at', order: 'desc' }, 'id']);
      return z.array(planRow).parse(rows).map(toPlan);
    },
    active: () => findRun(db, db('release_runs').where({ active: 1 })),
    latest: () => findRun(db, db('release_runs').orderBy('created_at', 'desc')),
    async begin(plan, run, decision) {
      await db
        .transaction(async (transaction) => {
          await closePromoted(transaction);
          await transaction('release_runs').insert({
            id: run.id,
            plan_id: plan.id,
            active: 1,
            state: run.state,
            version: 1,
            run: JSON.stringify(run),
            analysis: JSON.stringify(emptyAnalysis()),
            created_at: run.startedAt,
            updated_at: run.startedAt,
          });
          await addDecision(transaction, undefined, run, decision, 0);
          await removeOldCounts(transaction);
          await removeOldMeasurements(transaction('release_measurements'), run.startedAt);
        })
        .catch(toConflict);
    },
    write: (before, write, lease) =>
      db.transaction((transaction) => writeRun(transaction, before, write, lease, announce)),
    takeIn: (before, lease, make) =>
      db.transaction(async (transaction) => {
        await requireLease(transaction, lease);
        const { intake, ids } = await readCounts(transaction, before.run.id);
        await markTaken(transaction, ids, intake.unreadable);
        const write = make(intake);
        if (ids.length + intake.unreadable.length > 0 || isNews(before, write))
          await writeRun(transaction, before, write, lease, announce);
      }),
    async pendingDecision(runId) {
      const row: unknown = await db('release_decisions')
        .where({ run_id: runId, status: 'pending' })
        .orderBy('sequence')
        .first();
      return row === undefined ? undefined : toDecision(decisionRow.parse(row));
    },
    noteFault: (id, fault, lease) =>
      db.transaction(async (transaction) => {
        await requireLease(transaction, lease);
        await transaction('release_decisions')
          .where({ id, status: 'pending' })
          .update({ fault })
          .increment('attempts');
      }),
    async decisions(runId) {
      const rows = await db('release_decisions').where({ run_id: runId }).orderBy('sequence');
      return z.array(decisionRow).parse(rows).map(toDecision);
    },
    async measurements(runId, limit) {
      const rows = await db('release_measurements')
        .where({ run_id: runId })
        .orderBy('created_at', 'desc')
        .limit(limit);
      return z.array(measurementRow).parse(rows).map(toMeasurement);
    },
    acquire: (holder, now, ttlMs) =>
      db.transaction((transaction) => acquireLease(transaction, holder, now, ttlMs)),
    release: (lease) => releaseLease(db, lease),
  };
}

async function addPlan(
  db: Knex.Transaction,
  { text, plan, hash }: PlanDraft,
  actor: string,
): Promise<StoredPlan> {
  const latest = await findPlan(db, plan.plan);
  if (latest?.hash === hash && !(await wasCarriedOut(db, latest))) return latest;
  const revision = (latest?.revision ?? 0) + 1;
  const id = `${plan.plan}@${revision}`;
  const stored = { id, revision, text, plan, hash, createdBy: actor, createdAt: Date.now() };
  await db('release_plans')
    .insert({
      id: stored.id,
      name: plan.plan,
      revision,
      hash,
      document: text,
      created_by: actor,
      created_at: stored.createdAt,
    })
    .catch(toConflict);
  const after = { plan: plan.plan, revision, hash };
  await insertAuditEntries(db, [
    { actor, action: 'create', entity: 'release_plan', entityId: stored.id, after },
  ]);
  return stored;
}

async function wasCarriedOut(db: Knex, { id: plan_id }: StoredPlan): Promise<boolean> {
  return (await db('release_runs').where({ plan_id, active: null }).first()) !== undefined;
}

async function findPlan(db: Knex, reference: string): Promise<StoredPlan | undefined> {
  const row: unknown = await db('release_plans')
    .where({ id: reference })
    .orWhere({ name: reference })
    .orderBy('revision', 'desc')
    .first();
  return row === undefined ? undefined : toPlan(planRow.parse(row));
}

async function findRun(db: Knex, rows: Knex.QueryBuilder): Promise<StoredRun | undefined> {
  const found: unknown = await rows.first();
  if (found === undefined) return undefined;
  const { plan_id, version, run, analysis } = runRow.parse(found);
  const plan = await findPlan(db, plan_id);
  if (plan === undefined) throw new Error(`The plan ${plan_id} of a run is not there.`);
  return {
    run: releaseRun.parse(JSON.parse(run)),
    analysis: runAnalysis.parse(JSON.parse(analysis)),
    plan,
    version,
  };
}

/** A plan that has come to its end makes way for the next. */
async function closePromoted(db: Knex.Transaction): Promise<void> {
  const promoted = () => db('release_runs').where({ active: 1, state: 'promoted' });
  await db('release_conversations').whereIn('run_id', promoted().select('id')).delete();
  await promoted().update({ active: null });
}

async function writeRun(
  db: Knex.Transaction,
  before: StoredRun,
  { run, analysis = before.analysis, decision, settled, measurement, event }: RunWrite,
  lease: Lease | undefined,
  announce: Announce,
): Promise<void> {
  if (lease !== undefined) await requireLease(db, lease);
  const { version } = before;
  const updated = await db('release_runs')
    .where({ id: run.id, version })
    .update({
      active: isOver(run) ? null : 1,
      state: run.state,
      version: version + 1,
      run: JSON.stringify(run),
      ...(analysis === before.analysis ? {} : { analysis: JSON.stringify(analysis satisfies RunAnalysis) }),
      updated_at: Date.now(),
    });
  if (updated !== 1) throw new StaleRun('The run was changed meanwhile.');
  if (settled !== undefined) await settle(db, settled);
  // Nothing that was decided before is begun any more, be it that several decisions wait.
  if (run.state === 'rolling_back' && before.run.state !== 'rolling_back') await settleAll(db, run.id);
  if (decision !== undefined) await addDecision(db, before.run, run, decision, lease?.token ?? 0);
  if (measurement !== undefined) await addMeasurement(db, measurement);
  if (event !== undefined) await announce(event, db);
  if (isOver(run)) await db('release_conversations').where({ run_id: run.id }).delete();
}

async function settle(
  db: Knex.Transaction,
  { id, status, fault }: NonNullable<RunWrite['settled']>,
): Promise<void> {
  const settled = await db('release_decisions')
    .where({ id, status: 'pending' })
    .update({ status, fault: fault ?? null, settled_at: Date.now() });
  if (settled !== 1) throw new StaleRun('The decision was settled meanwhile.');
}

async function settleAll(db: Knex.Transaction, runId: string): Promise<void> {
  await db('release_decisions')
    .where({ run_id: runId, status: 'pending' })
    .update({ status: 'failed', fault: 'superseded by going back', settled_at: Date.now() });
}

async function addDecision(
  db: Knex.Transaction,
  before: ReleaseRun | undefined,
  run: ReleaseRun,
  { kind, stepId, actor, reason, change }: NewDecision,
  token: number,
): Promise<void> {
  const last: unknown = await db('release_decisions').max({ sequence: 'sequence' }).first();
  const { sequence } = z.object({ sequence: z.number().nullable() }).parse(last);
  const now = Date.now();
  await db('release_decisions').insert({
    id: `decision_${randomUUID()}`,
    run_id: run.id,
    sequence: (sequence ?? 0) + 1,
    kind,
    step_id: stepId,
    actor,
    reason,
    change: change === undefined ? null : JSON.stringify(decidedChange.parse(change)),
    status: change === undefined ? 'done' : 'pending',
    attempts: 0,
    token,
    created_at: now,
    settled_at: change === undefined ? now : null,
  });
  const views = { before: auditView(before), after: { ...auditView(run), reason } };
  await insertAuditEntries(db, [{ actor, action: kind, entity: 'release', entityId: run.id, ...views }]);
}

function auditView(run: ReleaseRun | undefined): object | undefined {
  return run === undefined ? undefined : { plan: run.planId, state: run.state, step: run.stepId };
}

async function addMeasurement(
  db: Knex.Transaction,
  { id, runId, stepId, at, verdict, inputs }: Measurement,
): Promise<void> {
  await db('release_measurements').insert({
    id,
    run_id: runId,
    step_id: stepId,
    verdict: verdict.verdict,
    measurement: JSON.stringify({ verdict, inputs }),
    created_at: at,
  });
  // The final step goes on for as long as nobody deletes the legacy path.
  await removeOldMeasurements(db('release_measurements').where({ run_id: runId }), at);
}

/** Decisions stay; what they were judged by stays long enough for who asks why. */
async function removeOldMeasurements(measurements: Knex.QueryBuilder, now: number): Promise<void> {
  await measurements.where('created_at', '<', now - MEASURED_MS).delete();
}

function isNews(before: StoredRun, { run, decision, settled, measurement }: RunWrite): boolean {
  const isSame = JSON.stringify(run) === JSON.stringify(before.run);
  return !isSame || decision !== undefined || settled !== undefined || measurement !== undefined;
}

function toPlan(row: z.output<typeof planRow>): StoredPlan {
  return {
    id: row.id,
    revision: row.revision,
    text: row.document,
    plan: parsePlan(row.document),
    hash: row.hash,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}

function toDecision(row: z.output<typeof decisionRow>): ReleaseDecision {
  return releaseDecision.parse({
    id: row.id,
    runId: row.run_id,
    sequence: row.sequence,
    kind: row.kind,
    stepId: row.step_id,
    actor: row.actor,
    reason: row.reason,
    change: row.change === null ? undefined : JSON.parse(row.change),
    status: row.status,
    fault: row.fault ?? undefined,
    attempts: row.attempts,
    at: row.created_at,
    settledAt: row.settled_at ?? undefined,
  });
}

function toMeasurement(row: z.output<typeof measurementRow>): Measurement {
  const { verdict, inputs } = keptMeasurement.parse(JSON.parse(row.measurement));
  return { id: row.id, runId: row.run_id, stepId: row.step_id, at: row.created_at, verdict, inputs };
}

function toConflict(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  const message =
    'Another plan is being carried out, or this revision was carried out before: make another revision.';
  throw new GatewayError('conflict', message, { cause: error });
}
