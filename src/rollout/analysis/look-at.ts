import type { AnalysisSettings, StreamModes } from './analysis-settings.ts';
import type { CanaryState } from './canary-state.ts';
import {
  addPerArm,
  CANARY_STREAMS,
  type CanaryStream,
  NONE,
  type PerArm,
  type StratumCounts,
} from './canary-streams.ts';
import { addEvents, forPromotion, logEValue, logSumExp } from './error-evidence.ts';
import { addRequests, type SampleRatioEvidence } from './sample-ratio.ts';

/** How many requests there are between two looks, at least. */
const REQUESTS_A_LOOK = 50;
/** Of the streams that may roll back, what the whole counts for; the others share the rest. */
const WEIGHT_OF_ANY_FAILURE = 0.5;
/** An outage is a look with so many failures, at so many times the risk of all before. */
const OUTAGE = { failures: 5, ratio: 5, requestsBefore: 500 };

/**
 * What is known with more requests in it; a look is taken as soon as there are enough for one.
 * @param counts what came since the last call, each request once
 */
export function lookAt(
  state: CanaryState,
  counts: readonly StratumCounts[],
  modes: StreamModes,
  settings: AnalysisSettings,
): CanaryState {
  const pending = [...state.pending, ...counts.map((each) => ({ ...each, bad: { ...each.bad } }))];
  if (total(pending.map(({ requests }) => requests)) < REQUESTS_A_LOOK) return { ...state, pending };
  return look({ ...state, pending: [] }, pending, modes, settings);
}

/**
 * How much evidence there is that the new path is worse in any way that is to roll back: the weighted mean of the
 * streams' e-values, which is one itself, in natural logarithms. Without any such stream there is none.
 */
export function combinedLogE(evidence: CanaryState['evidence'], modes: StreamModes): number {
  const weighed = weigh(modes);
  if (weighed.length === 0) return Number.NEGATIVE_INFINITY;
  return logSumExp(weighed.map(({ stream, weight }) => Math.log(weight) + logEValue(evidence[stream])));
}

function weigh(modes: StreamModes): readonly { readonly stream: CanaryStream; readonly weight: number }[] {
  const streams = CANARY_STREAMS.filter((stream) => modes[stream] === 'rollback');
  const others = streams.filter((stream) => stream !== 'any_failure');
  if (others.length === streams.length || others.length === 0) {
    return streams.map((stream) => ({ stream, weight: 1 / streams.length }));
  }
  const weight = (1 - WEIGHT_OF_ANY_FAILURE) / others.length;
  return streams.map((stream) => ({
    stream,
    weight: stream === 'any_failure' ? WEIGHT_OF_ANY_FAILURE : weight,
  }));
}

function look(
  state: CanaryState,
  counts: readonly StratumCounts[],
  modes: StreamModes,
  settings: AnalysisSettings,
): CanaryState {
  // A request that could go one way only says nothing of the difference.
  const drawn = counts.filter(({ share }) => share > 0 && share < 1);
  const evidence = { ...state.evidence };
  for (const { share, bad } of drawn) {
    for (const stream of CANARY_STREAMS) {
      const events = bad[stream];
      if (events !== undefined) evidence[stream] = [...addEvents(evidence[stream], events, share)];
    }
  }
  return {
    ...state,
    evidence,
    maxLogE: Math.max(state.maxLogE, combinedLogE(evidence, modes)),
    mismatch: [...addAllRequests(state.mismatch, drawn)],
    strata: addStrata(state.strata, drawn),
    looks: state.looks + 1,
    step: addToStep(state, drawn, settings),
  };
}

function addAllRequests(
  mismatch: SampleRatioEvidence,
  counts: readonly StratumCounts[],
): SampleRatioEvidence {
  let evidence = mismatch;
  for (const { requests, share } of counts) evidence = addRequests(evidence, requests, share);
  return evidence;
}

function addStrata(strata: CanaryState['strata'], counts: readonly StratumCounts[]): CanaryState['strata'] {
  const added = { ...strata };
  for (const { stratum, requests, bad } of counts) {
    const before = added[stratum];
    added[stratum] = {
      requests: addPerArm(before?.requests ?? NONE, requests),
      bad: addBad(before?.bad ?? {}, bad),
    };
  }
  return added;
}

function addBad(before: StratumCounts['bad'], more: StratumCounts['bad']): StratumCounts['bad'] {
  const added = { ...before };
  for (const stream of CANARY_STREAMS) {
    const events = more[stream];
    if (events !== undefined) added[stream] = addPerArm(before[stream] ?? NONE, events);
  }
  return added;
}

function addToStep(
  { step, strata }: CanaryState,
  counts: readonly StratumCounts[],
  { margin_rho }: AnalysisSettings,
): CanaryState['step'] {
  const requests = sum(counts.map((each) => each.requests));
  const failures = sum(counts.map(({ bad }) => bad.any_failure ?? NONE));
  const together = {
    ...step,
    requests: addPerArm(step.requests, requests),
    failures: addPerArm(step.failures, failures),
  };
  if (isOutage(failures, requests, strata)) {
    return { ...together, leftOut: step.leftOut + requests.candidate + requests.control };
  }
  const gained = counts.reduce(
    (gain, { bad, share }) => gain + forPromotion(bad.any_failure ?? NONE, share, margin_rho),
    0,
  );
  return { ...together, forPromotion: step.forPromotion + gained };
}

/**
 * Where both paths fail for a reason of their provider's they look alike, which is no sign that they are. Judged without
 * the arms, so that it is not the arms that decide what counts.
 */
function isOutage(failures: PerArm, requests: PerArm, before: CanaryState['strata']): boolean {
  const failed = failures.candidate + failures.control;
  const all = Object.values(before);
  const requestsBefore = total(all.map((stratum) => stratum.requests));
  if (failed < OUTAGE.failures || requestsBefore < OUTAGE.requestsBefore) return false;
  const usual = total(all.map(({ bad }) => bad.any_failure ?? NONE)) / requestsBefore;
  return failed / (requests.candidate + requests.control) > OUTAGE.ratio * usual;
}

function sum(counts: readonly PerArm[]): PerArm {
  return counts.reduce(addPerArm, NONE);
}

function total(counts: readonly PerArm[]): number {
  const { candidate, control } = sum(counts);
  return candidate + control;
}
