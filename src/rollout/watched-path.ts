import type { CallOutcome, OutcomeKind } from '../core/call-outcome.ts';
import type { ProviderCall } from '../core/provider-call.ts';
import type { RequestPath } from '../core/request-path.ts';
import type { CallWatch, SelectedPath } from '../core/request-paths.ts';
import type { RouteDecision } from '../core/route-decision.ts';
import type { Conversations, DrawSubject } from './conversations.ts';
import type { PathChoice } from './decide-path.ts';
import type { LocalBreaker, Probe } from './local-breaker.ts';
import type { ArmRecorder } from './recording/arm-recorder.ts';
import type { ArmDraw } from './rollout.ts';

/** Who learns what becomes of requests. */
export interface PathWatchers {
  readonly breaker: LocalBreaker;
  readonly recorder: Pick<ArmRecorder, 'record'>;
  readonly conversations: Conversations;
}

/** A path that was chosen for a call, and what it is charged with. */
export class WatchedPath implements SelectedPath, CallWatch {
  readonly path: RequestPath;
  readonly decision: RouteDecision;
  readonly #call: ProviderCall;
  readonly #subject: DrawSubject;
  readonly #watchers: PathWatchers;
  /** Undefined where the arm was not drawn, and as soon as it has been charged. */
  #draw: ArmDraw | undefined;
  #probe: Probe | undefined;
  #startedAt = 0;
  #mayBeShared = false;
  #hasEnded = false;

  constructor(
    path: RequestPath,
    { decision, draw }: PathChoice,
    call: ProviderCall,
    subject: DrawSubject,
    watchers: PathWatchers,
  ) {
    this.path = path;
    this.decision = decision;
    this.#draw = draw;
    this.#call = call;
    this.#subject = subject;
    this.#watchers = watchers;
  }

  watch(mayBeShared: boolean): CallWatch {
    this.#mayBeShared = mayBeShared;
    this.#startedAt = performance.now();
    if (this.decision.reason === 'enrolled') this.#probe = this.#watchers.breaker.takeProbe();
    return this;
  }

  attemptFailed(kind: OutcomeKind): void {
    this.#charge({ kind });
  }

  ended(outcome: CallOutcome): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { breaker, conversations } = this.#watchers;
    breaker.count(this.path.name, outcome, this.#probe);
    const isDrawn = this.decision.reason === 'enrolled' || this.decision.reason === 'control_arm';
    if (isDrawn && outcome.responseId !== undefined) {
      conversations.answered(this.#call, outcome.responseId, this.#subject.drawId);
    }
    this.#charge(outcome);
  }

  dropped(): void {
    if (this.#probe !== undefined) this.#watchers.breaker.giveBack(this.#probe);
    this.#probe = undefined;
  }

  /** The first attempt alone: a retry must not hide what the arm did. */
  #charge(outcome: CallOutcome): void {
    const draw = this.#draw;
    if (draw === undefined) return;
    this.#draw = undefined;
    this.#watchers.recorder.record({
      call: this.#call,
      reason: this.decision.reason,
      draw,
      subject: this.#subject,
      outcome,
      startedAt: this.#startedAt,
      endedAt: performance.now(),
      mayBeShared: this.#mayBeShared,
    });
  }
}
