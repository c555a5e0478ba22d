import { z } from 'zod';
import { CANARY_STREAMS } from '../../../rollout/analysis/canary-streams.ts';
import type { StreamReport } from '../../../rollout/analysis/judge-canary.ts';
import type { ReleaseHistory } from '../../../rollout/release/release-control.ts';
import type { Measurement } from '../../../rollout/release/release-run.ts';
import type { ReleaseView } from '../../../rollout/release/release-view.ts';
import type { StoredPlan } from '../../../rollout/release/stored-plan.ts';

const perArm = z.object({ candidate: z.number(), control: z.number() });
const time = z.int();
const exposure = z.object({
  enrolled_percent: z.number(),
  named_keys: z.array(z.string()),
  arm_share: z.number(),
});

export const planView = z.object({
  id: z.string(),
  plan: z.string(),
  revision: z.int(),
  /** SHA-256 of what it says. */
  hash: z.string(),
  created_by: z.string(),
  created_at: time,
});
export const planDocument = planView.extend({
  /** As it was written. */
  document: z.string(),
});

const streamView = z.object({
  stream: z.enum(CANARY_STREAMS),
  mode: z.enum(['observe', 'hold', 'rollback']),
  bad: perArm,
  /** Natural logarithm of the stream's e-value. */
  log_e: z.number(),
  /** By which its harm is as good as shown: the e-value's inverse, 1 at most. */
  p_value: z.number(),
  /** Share of requests, over all strata; null without any that both arms have. */
  risk_difference: z.number().nullable(),
  /** Its 95 % interval. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
});

const verdictView = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  reasons: z.array(z.string()),
  shown_by: z.enum(['margin', 'ceiling']).nullable(),
  /** Of the streams that may roll back, together. Null where none may. */
  log_e: z.number().nullable(),
  max_log_e: z.number(),
  requests: perArm,
  overlap: z.number(),
  log_mismatch: z.number(),
  streams: z.array(streamView),
});

export const runView = z.object({
  run_id: z.string(),
  plan: planView,
  state: z.string(),
  reason: z.string(),
  hold_cause: z.string().nullable(),
  step: z.object({ id: z.string(), index: z.int(), count: z.int() }),
  started_at: time,
  step_started_at: time,
  state_since: time,
  exposure: exposure.nullable(),
  approvals: z.array(z.object({ actor: z.string(), at: time })),
  /** What the next step waits for besides the verdict. */
  waits_for: z.array(z.string()),
  verdict: verdictView,
  looks: z.int(),
  /** Requests of the step that came amid an outage of both arms. */
  left_out: z.number(),
  /** Share of the compared requests that took the new path; null before the first. */
  effective_share: z.number().nullable(),
  /** Since the final step began; null before. */
  days_at_final: z.number().nullable(),
});

export const statusView = z.object({ run: runView.nullable() });

const decisionView = z.object({
  id: z.string(),
  kind: z.string(),
  step: z.string(),
  actor: z.string(),
  reason: z.string(),
  change: exposure.nullable(),
  /** `pending` until it was seen in force. */
  status: z.enum(['pending', 'done', 'failed']),
  fault: z.string().nullable(),
  attempts: z.int(),
  at: time,
  settled_at: time.nullable(),
});

const measurementView = z.object({
  id: z.string(),
  step: z.string(),
  at: time,
  verdict: verdictView,
  inputs: z.record(z.string(), z.unknown()),
});

export const historyView = z.object({
  run: z.object({ run_id: z.string(), plan: z.string(), state: z.string() }).nullable(),
  decisions: z.array(decisionView),
  measurements: z.array(measurementView),
});

const DAY_MS = 86_400_000;
const IN_95_PERCENT = 1.96;

export function toPlanView({ id, plan, revision, hash, createdBy, createdAt }: StoredPlan) {
  return { id, plan: plan.plan, revision, hash, created_by: createdBy, created_at: createdAt };
}

/** @param now epoch milliseconds */
export function toRunView({ stored, verdict, waitsFor }: ReleaseView, now: number): z.input<typeof runView> {
  const { run, plan, analysis } = stored;
  const { candidate, control } = verdict.canary.requests;
  return {
    run_id: run.id,
    plan: toPlanView(plan),
    state: run.state,
    reason: run.reason,
    hold_cause: run.holdCause,
    step: { id: run.stepId, index: run.stepIndex, count: plan.plan.steps.length },
    started_at: run.startedAt,
    step_started_at: run.stepStartedAt,
    state_since: run.stateSince,
    exposure: run.exposure === null ? null : toExposure(run.exposure),
    approvals: [...run.approvals],
    waits_for: [...waitsFor],
    verdict: toVerdictView(verdict.canary),
    looks: analysis.canary.looks,
    left_out: analysis.canary.step.leftOut,
    effective_share: candidate + control === 0 ? null : candidate / (candidate + control),
    days_at_final: run.finalSince === null ? null : (now - run.finalSince) / DAY_MS,
  };
}

export function toHistoryView({
  stored,
  decisions,
  measurements,
}: ReleaseHistory): z.input<typeof historyView> {
  const { run, plan } = stored;
  return {
    run: { run_id: run.id, plan: plan.id, state: run.state },
    decisions: decisions.map((decision) => ({
      id: decision.id,
      kind: decision.kind,
      step: decision.stepId,
      actor: decision.actor,
      reason: decision.reason,
      change: decision.change === undefined ? null : toExposure(decision.change),
      status: decision.status,
      fault: decision.fault ?? null,
      attempts: decision.attempts,
      at: decision.at,
      settled_at: decision.settledAt ?? null,
    })),
    measurements: measurements.map(({ id, stepId, at, verdict, inputs }) => ({
      id,
      step: stepId,
      at,
      verdict: toVerdictView(verdict),
      inputs: { ...inputs },
    })),
  };
}

function toVerdictView(verdict: Measurement['verdict']): z.input<typeof verdictView> {
  return {
    verdict: verdict.verdict,
    reasons: [...verdict.reasons],
    shown_by: verdict.shownBy ?? null,
    log_e: Number.isFinite(verdict.logE) ? verdict.logE : null,
    max_log_e: verdict.maxLogE,
    requests: verdict.requests,
    overlap: verdict.overlap,
    log_mismatch: verdict.logMismatch,
    streams: verdict.streams.map(toStreamView),
  };
}

function toStreamView({ stream, mode, bad, logE, difference, standardError }: StreamReport) {
  const half = standardError === undefined ? undefined : IN_95_PERCENT * standardError;
  const interval: [number, number] | null =
    difference === undefined || half === undefined ? null : [difference - half, difference + half];
  return {
    stream,
    mode,
    bad,
    log_e: logE,
    p_value: Math.min(1, Math.exp(-logE)),
    risk_difference: difference ?? null,
    interval,
  };
}

function toExposure(given: { enrolledPercent: number; namedKeys: readonly string[]; armShare: number }) {
  return {
    enrolled_percent: given.enrolledPercent,
    named_keys: [...given.namedKeys],
    arm_share: given.armShare,
  };
}
