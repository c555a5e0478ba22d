import { randomUUID } from 'node:crypto';
import { GatewayError } from '../../core/gateway-error.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import { parsePlan } from '../plan/parse-plan.ts';
import { planHash } from '../plan/plan-hash.ts';
import type { ReleasePlan } from '../plan/release-plan.ts';
import type { ReleaseRules } from '../release-rules.ts';
import { whenDecided } from './after-decision.ts';
import {
  changeForRollback,
  changeForStep,
  changeToStay,
  stepExposure,
  type TrafficFacts,
} from './begin-step.ts';
import { prepareStep } from './decide-run.ts';
import { type SeenConditions, whatForbids } from './next-decision.ts';
import type { ReleaseController } from './release-controller.ts';
import { type NewDecision, type ReleaseDecision, superseded } from './release-decision.ts';
import { eventOf } from './release-event.ts';
import { isOver, type Measurement, type ReleaseRun } from './release-run.ts';
import { type ReleaseStore, type RunWrite, StaleRun, type StoredRun } from './release-store.ts';
import { type ReleaseView, viewOf } from './release-view.ts';
import { analysisCountedAnew, analysisWithoutUsual } from './run-analysis.ts';
import type { StoredPlan } from './stored-plan.ts';

/** How long an answer waits for what is being decided, in milliseconds. */
const LOOK_WAIT_MS = 3_000;
/** How often what a person asks for is tried anew where the controller wrote at the same time. */
const TRIES = 5;

/** Who does it, and why. */
export interface ControlNote {
  readonly actor: string;
  readonly reason: string;
}

/** A run with all that was decided of it. */
export interface ReleaseHistory {
  readonly stored: StoredRun;
  /** The oldest first. */
  readonly decisions: readonly ReleaseDecision[];
  /** The newest first. */
  readonly measurements: readonly Measurement[];
}

/** Who begins a step, or agrees to it. */
export interface StepNote extends ControlNote {
  /** The step that the run is in: what was meant for another one, or is sent twice, must not count for the next. */
  readonly step: string;
}

/** What people do to plans and runs. Each is in the run's history, and in the audit log. */
export interface ReleaseControl {
  /**
   * Stores a plan as another revision, unless its latest one is the same and was not carried out to an end.
   * @param text YAML or JSON
   * @throws GatewayError `invalid_body` naming the field
   */
  addPlan(text: string, actor: string): Promise<StoredPlan>;
  listPlans(): Promise<readonly StoredPlan[]>;
  /** @throws GatewayError `not_found` */
  findPlan(reference: string): Promise<StoredPlan>;
  /**
   * Begins a revision.
   * @throws GatewayError `not_found`, or `conflict` where that cannot be, in a freeze window or under a kill among others
   */
  start(reference: string, note: ControlNote): Promise<ReleaseView>;
  /** Agrees to the next step; it begins when it was shown to be safe and nothing else keeps it. */
  promote(note: StepNote): Promise<ReleaseView>;
  /**
   * Begins the next step although it was not shown to be safe.
   * @throws GatewayError `conflict` where that cannot be, in a freeze window or under a kill among others
   */
  skip(note: StepNote): Promise<ReleaseView>;
  hold(note: ControlNote): Promise<ReleaseView>;
  resume(note: ControlNote): Promise<ReleaseView>;
  /** Sends everybody back, and ends the run. */
  abort(note: ControlNote): Promise<ReleaseView>;
  /** The latest run; undefined where there never was one. */
  status(): Promise<ReleaseView | undefined>;
  history(): Promise<ReleaseHistory | undefined>;
}

export interface ReleaseControlDependencies {
  readonly store: ReleaseStore;
  readonly controller: Pick<ReleaseController, 'look'>;
  readonly facts: TrafficFacts;
  readonly conditions: () => SeenConditions;
  /** `USE_LITELLM`. */
  readonly useLitellm: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

type Edit = (stored: StoredRun, pending: ReleaseDecision | undefined) => RunWrite | Promise<RunWrite>;

/** How many measurements are shown. */
const SHOWN_MEASUREMENTS = 200;

export function createReleaseControl(deps: ReleaseControlDependencies): ReleaseControl {
  const { store, controller, facts, now } = deps;

  /** Writes what is made of the run as it is now; what the controller wrote meanwhile is taken in. */
  async function edit(make: Edit): Promise<ReleaseView> {
    for (let tries = 1; ; tries += 1) {
      const stored = await store.active();
      if (stored === undefined) throw new GatewayError('conflict', 'No plan is being carried out.');
      try {
        const pending = await store.pendingDecision(stored.run.id);
        await store.write(stored, await make(stored, pending), undefined);
        break;
      } catch (error) {
        if (!(error instanceof StaleRun) || tries >= TRIES) throw error;
      }
    }
    return seen();
  }

  /** What was asked for is stored by then: it is not waited for longer than a person would. */
  async function seen(): Promise<ReleaseView> {
    await waitAtMost(controller.look(), LOOK_WAIT_MS).catch(() => {
      // A change that is under way may take longer; the run is shown as it is stored.
    });
    const view = await current();
    if (view === undefined) throw new GatewayError('internal_error', 'The run cannot be read.');
    return view;
  }

  async function current(): Promise<ReleaseView | undefined> {
    const stored = await store.latest();
    return stored === undefined ? undefined : viewOf(stored, now());
  }

  const simply = (kind: 'hold' | 'resume', note: ControlNote, allowed: readonly ReleaseRun['state'][]) =>
    edit(async (stored, pending) => {
      const { run, plan } = stored;
      requireState(run, allowed, kind);
      if (kind === 'resume' && run.exposure === null) return startAgain(stored, pending, note);
      const at = now();
      const after = byPerson(whenDecided(run, { kind, reason: note.reason }, at), at);
      // What was changed by hand, or by a decision that is being carried out at this moment, is brought back.
      const change = kind === 'resume' || pending !== undefined ? changeToStay(run, plan.plan) : undefined;
      const decision: NewDecision = { kind, stepId: run.stepId, change, ...note };
      const settled = pending === undefined ? undefined : superseded(pending, kind);
      const written = { run: after, decision, settled, event: eventOf(kind, after, plan, note, at) };
      return kind === 'hold' ? written : { ...written, ...learnedAnew(stored, after) };
    });

  /** Nothing of the run was ever in force: what is gone on with is its beginning. */
  async function startAgain(
    stored: StoredRun,
    pending: ReleaseDecision | undefined,
    note: ControlNote,
  ): Promise<RunWrite> {
    const at = now();
    const after = byPerson(whenDecided(stored.run, { kind: 'resume', reason: note.reason }, at), at);
    const step = await prepareStep(stored, facts);
    const settled = pending === undefined ? undefined : superseded(pending, 'resume');
    return { run: after, decision: { kind: 'start', ...step, ...note }, settled };
  }

  function requireAllowed(plan: ReleasePlan): void {
    const forbids = whatForbids(plan, deps.conditions(), now());
    if (forbids !== undefined) throw new GatewayError('conflict', forbids.reason);
  }

  return {
    async addPlan(text, actor) {
      const plan = parsePlan(text);
      requireKeys(plan, facts);
      return store.addPlan({ text, plan, hash: planHash(plan) }, actor);
    },
    listPlans: () => store.listPlans(),
    async findPlan(reference) {
      const plan = await store.findPlan(reference);
      if (plan === undefined) throw new GatewayError('not_found', `There is no plan "${reference}".`);
      return plan;
    },
    async start(reference, note) {
      if (!deps.useLitellm) {
        throw new GatewayError('conflict', 'USE_LITELLM is false: every request takes the legacy path.');
      }
      const stored = await this.findPlan(reference);
      requireAllowed(stored.plan);
      const { run, decision } = await begin(stored, note, facts, now());
      await store.begin(stored, run, decision);
      return seen();
    },
    promote: ({ step, ...note }) =>
      edit(({ run }) => {
        requireState(run, ['running', 'held', 'inconclusive'], 'promote');
        requireStep(run, step);
        const others = run.approvals.filter(({ actor }) => actor !== note.actor);
        const approvals = [...others, { actor: note.actor, at: now() }];
        return { run: { ...run, approvals }, decision: { kind: 'approve', stepId: run.stepId, ...note } };
      }),
    skip: ({ step, ...note }) =>
      edit(async (stored, pending) => {
        const { run, plan } = stored;
        requireState(run, ['running', 'held', 'inconclusive'], 'skip');
        requireStep(run, step);
        if (pending !== undefined) {
          throw new GatewayError('conflict', 'What was decided before is not in force yet.');
        }
        requireAllowed(plan.plan);
        if (run.holdCause === 'drift') {
          throw new GatewayError(
            'conflict',
            'Somebody has changed the rollout by hand: resume the run first.',
          );
        }
        return { run, decision: { kind: 'skip', ...(await prepareStep(stored, facts)), ...note } };
      }),
    hold: (note) => simply('hold', note, ['running', 'inconclusive', 'promoted', 'held']),
    resume: (note) => simply('resume', note, ['held', 'inconclusive']),
    abort: (note) =>
      edit(({ run, plan }, pending) => {
        requireState(run, ['running', 'held', 'inconclusive', 'promoted'], 'abort');
        const at = now();
        const after = whenDecided(run, { kind: 'abort', reason: note.reason }, at);
        const change = changeForRollback(run, plan.plan);
        const decision: NewDecision = { kind: 'abort', stepId: run.stepId, change, ...note };
        const settled = pending === undefined ? undefined : superseded(pending, 'abort');
        return { run: after, decision, settled, event: eventOf('abort', after, plan, note, at) };
      }),
    status: current,
    async history() {
      const stored = await store.latest();
      if (stored === undefined) return undefined;
      const { id } = stored.run;
      return {
        stored,
        decisions: await store.decisions(id),
        measurements: await store.measurements(id, SHOWN_MEASUREMENTS),
      };
    },
  };
}

/** Who has a run go on has seen what was wrong, and gives the step its deadline again. */
function byPerson(run: ReleaseRun, at: number): ReleaseRun {
  return { ...run, deadlineFrom: at, unreadCounts: 0 };
}

async function begin(
  { id: planId, plan }: StoredPlan,
  note: ControlNote,
  facts: TrafficFacts,
  at: number,
): Promise<{ readonly run: ReleaseRun; readonly decision: NewDecision }> {
  const stepId = plan.steps[0]?.id ?? '';
  const run: ReleaseRun = {
    id: `run_${randomUUID()}`,
    planId,
    state: 'running',
    reason: note.reason,
    holdCause: null,
    stepIndex: 0,
    stepId,
    startedAt: at,
    stepStartedAt: at,
    stateSince: at,
    heldMs: 0,
    deadlineFrom: at,
    exposure: null,
    slow: await freezeThresholds(plan, facts),
    approvals: [],
    shownBy: null,
    isLookTaken: false,
    lastEventAt: at,
    breakerOpenAt: 0,
    unreadCounts: 0,
    eventLoopLagMs: 0,
    measuredAt: 0,
    minutes: [],
    finalSince: null,
  };
  const change = changeForStep(run, plan, stepId, await stepExposure(plan, 0, null, facts));
  return { run, decision: { kind: 'start', stepId, change, ...note } };
}

/** Neither arm may move what counts as slow while they are compared. */
async function freezeThresholds(plan: ReleasePlan, facts: TrafficFacts): Promise<ReleaseRules['slow']> {
  const given = (stream: string) => plan.metrics.find(({ id }) => id === stream)?.threshold_ms ?? null;
  const isAsked = plan.metrics.some(({ id }) => id === 'slow_first_token');
  const found = isAsked ? (given('slow_first_token') ?? (await facts.legacyFirstTokenP95(plan.scope))) : null;
  if (found === undefined) {
    throw new GatewayError(
      'conflict',
      'There were too few streams on the legacy path to say what is slow: give slow_first_token a threshold_ms.',
      { param: 'metrics' },
    );
  }
  return { firstTokenMs: found, overheadMs: given('slow_overhead'), tokenMs: given('slow_token_rate') };
}

function requireKeys({ steps }: ReleasePlan, facts: TrafficFacts): void {
  for (const [index, step] of steps.entries()) {
    const names = 'keys' in step ? (step.keys ?? []) : [];
    const unknown = names.find((name) => facts.keyId(name) === undefined);
    if (unknown === undefined) continue;
    throw new GatewayError('invalid_body', `There is no virtual key "${unknown}".`, {
      param: `steps.${index}.keys`,
    });
  }
}

function requireStep({ stepId }: ReleaseRun, step: string): void {
  if (stepId === step) return;
  throw new GatewayError('conflict', `The run is in the step "${stepId}", and not in "${step}".`, {
    param: 'step',
  });
}

/** What is not known any more where a person has a run go on. */
function learnedAnew({ run, analysis }: StoredRun, after: ReleaseRun): Pick<RunWrite, 'run' | 'analysis'> {
  if (run.state === 'inconclusive') return { run: after, analysis: analysisWithoutUsual(analysis) };
  if (run.holdCause !== 'sample_ratio_mismatch') return { run: after };
  // What was counted while counts were wrong shows nothing to be safe.
  const shownAnew = { ...after, shownBy: null, isLookTaken: false };
  return { run: shownAnew, analysis: analysisCountedAnew(analysis) };
}

function requireState(run: ReleaseRun, allowed: readonly ReleaseRun['state'][], what: string): void {
  if (allowed.includes(run.state)) return;
  const hint = isOver(run) ? ' Make another revision of the plan.' : '';
  throw new GatewayError('conflict', `A plan that is ${run.state} takes no ${what}.${hint}`);
}
