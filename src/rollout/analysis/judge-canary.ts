import type { AnalysisSettings, StreamModes } from './analysis-settings.ts';
import type { CanaryState } from './canary-state.ts';
import {
  addPerArm,
  CANARY_STREAMS,
  type CanaryStream,
  NONE,
  type PerArm,
  type StreamMode,
} from './canary-streams.ts';
import { upperBound } from './clopper-pearson.ts';
import { logEValue } from './error-evidence.ts';
import { combinedLogE } from './look-at.ts';
import { overlap, type RiskDifference, riskDifference } from './risk-difference.ts';
import { logMismatch } from './sample-ratio.ts';

/** Why a step is not promoted, or is rolled back. */
export type VerdictReason =
  | 'no_data'
  | 'worse'
  | 'too_few_requests'
  | 'too_little_overlap'
  | 'sample_ratio_mismatch'
  | 'held_by_stream'
  | 'not_shown_to_be_safe'
  | 'too_few_keys'
  | 'no_comparison';

/** What is known of one stream. */
export interface StreamReport extends RiskDifference {
  readonly stream: CanaryStream;
  readonly mode: StreamMode;
  /** Natural logarithm of its e-value now. */
  readonly logE: number;
  readonly bad: PerArm;
}

/** What the requests of a step say so far, with the figures that say it. */
export interface CanaryVerdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** Empty for a pass. */
  readonly reasons: readonly VerdictReason[];
  readonly streams: readonly StreamReport[];
  /** Of the streams that may roll back, together: now, and the most that it ever was. */
  readonly logE: number;
  readonly maxLogE: number;
  readonly requests: PerArm;
  readonly overlap: number;
  /** Natural logarithm of the e-value of counts that are not in the shares that were drawn. */
  readonly logMismatch: number;
  /** How a pass was shown: by the margin, or by the ceiling at the one look that was planned. */
  readonly shownBy: 'margin' | 'ceiling' | undefined;
}

/** What a step asks for. */
export interface StepNeeds {
  /** Requests on the new path, since the step began. */
  readonly minRequests: number;
  /** Whether this is the one look, at the step's end, at which the ceiling may be judged. */
  readonly isPlannedLook: boolean;
}

/**
 * Judges. `fail` needs evidence that the new path is worse; `pass` needs evidence that it is not; little data, or data
 * that cannot be trusted, is neither.
 */
export function judgeCanary(
  state: CanaryState,
  modes: StreamModes,
  settings: AnalysisSettings,
  needs: StepNeeds,
): CanaryVerdict {
  const streams = CANARY_STREAMS.map((stream) => report(state, stream, modes[stream] ?? 'observe'));
  const strata = Object.values(state.strata);
  const figures = {
    streams,
    logE: combinedLogE(state.evidence, modes),
    maxLogE: state.maxLogE,
    requests: strata.reduce((sum, { requests }) => addPerArm(sum, requests), NONE),
    overlap: overlap(strata),
    logMismatch: logMismatch(state.mismatch),
  };
  if (isWorse(figures, settings))
    return { verdict: 'fail', reasons: ['worse'], shownBy: undefined, ...figures };
  const shownBy = showSafe(state, settings, needs);
  const reasons = doubts(state, figures, settings, needs, shownBy);
  return { verdict: reasons.length === 0 ? 'pass' : 'inconclusive', reasons, shownBy, ...figures };
}

type Figures = Pick<CanaryVerdict, 'streams' | 'maxLogE' | 'requests' | 'overlap' | 'logMismatch'>;

function report(state: CanaryState, stream: CanaryStream, mode: StreamMode): StreamReport {
  const strata = Object.values(state.strata).map(({ requests, bad }) => ({
    requests,
    bad: bad[stream] ?? NONE,
  }));
  return {
    stream,
    mode,
    logE: logEValue(state.evidence[stream]),
    bad: strata.reduce((sum, { bad }) => addPerArm(sum, bad), NONE),
    ...riskDifference(strata),
  };
}

/** Sure enough, and large enough to matter: with much traffic a trifle is sure as well. */
function isWorse({ streams, maxLogE }: Figures, { alpha_rollback, min_rd }: AnalysisSettings): boolean {
  const isGuilty = ({ mode, logE, difference = 0 }: StreamReport) =>
    mode === 'rollback' && logE > 0 && difference >= min_rd;
  return maxLogE >= Math.log(1 / alpha_rollback) && streams.some(isGuilty);
}

function showSafe(
  { step }: CanaryState,
  { alpha_promote, ceiling }: AnalysisSettings,
  { isPlannedLook }: StepNeeds,
): CanaryVerdict['shownBy'] {
  // An outage is told without the arms: it may be of the new path alone.
  const shown = step.forPromotion + Math.min(0, step.outageGain);
  if (shown >= Math.log(1 / alpha_promote)) return 'margin';
  if (!isPlannedLook) return undefined;
  const bound = upperBound(step.failures.candidate, step.requests.candidate, alpha_promote);
  return bound <= ceiling ? 'ceiling' : undefined;
}

function doubts(
  { step }: CanaryState,
  { streams, overlap: shared, requests, logMismatch: mismatch }: Figures,
  settings: AnalysisSettings,
  { minRequests }: StepNeeds,
  shownBy: CanaryVerdict['shownBy'],
): readonly VerdictReason[] {
  if (requests.candidate === 0 || requests.control === 0) return ['no_data'];
  const isHeld = ({ mode, logE }: StreamReport) =>
    mode !== 'observe' && logE >= Math.log(1 / settings.alpha_rollback);
  const found: readonly (readonly [VerdictReason, boolean])[] = [
    ['too_few_requests', step.requests.candidate < minRequests],
    ['too_little_overlap', shared < settings.min_overlap],
    ['sample_ratio_mismatch', mismatch >= Math.log(1 / settings.alpha_mismatch)],
    ['held_by_stream', streams.some(isHeld)],
    ['not_shown_to_be_safe', shownBy === undefined],
  ];
  return found.filter(([, holds]) => holds).map(([reason]) => reason);
}
