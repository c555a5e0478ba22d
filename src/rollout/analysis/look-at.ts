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
import { addBlock, addUsual, type Block, isOutage, isUsualKnown, isWhole, NO_BLOCK } from './usual-risk.ts';

/** How many requests there are between two looks, at least. */
const REQUESTS_A_LOOK = 50;
/** Of the streams that may roll back, what the whole counts for; the others share the rest. */
const WEIGHT_OF_ANY_FAILURE = 0.5;

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
  if (total(requestsOf(pending)) < REQUESTS_A_LOOK) return { ...state, pending };
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
  const looked = {
    ...state,
    evidence,
    maxLogE: Math.max(state.maxLogE, combinedLogE(evidence, modes)),
    mismatch: [...addAllRequests(state.mismatch, drawn)],
    strata: addStrata(state.strata, drawn),
    looks: state.looks + 1,
  };
  const ofStep = drawn.filter(({ isLate }) => isLate !== true);
  return settleBlock(addToStep(looked, ofStep, settings));
}

function addAllRequests(
  mismatch: SampleRatioEvidence,
  counts: readonly StratumCounts[],
): SampleRatioEvidence {
  let evidence = mismatch;
  for (const { requests, share } of counts) evidence = addRequests(evidence, requests, share);
  return evidence;
}

/**
 * What is weighed against each other was drawn with the same chance: where a step's share differs from the one before,
 * what failed more in all of its time would count for one path or the other.
 */
function addStrata(strata: CanaryState['strata'], counts: readonly StratumCounts[]): CanaryState['strata'] {
  const added = { ...strata };
  for (const { stratum, share, requests, bad } of counts) {
    const name = `${stratum} at ${share}`;
    const before = added[name];
    added[name] = {
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

/** What may speak for a promotion waits in the block until that can be judged. */
function addToStep(
  state: CanaryState,
  counts: readonly StratumCounts[],
  settings: AnalysisSettings,
): CanaryState {
  const { step, block, usualBlocks } = state;
  const requests = sum(requestsOf(counts));
  const timely = toBlock(
    counts.filter(({ isBacklog }) => isBacklog !== true),
    settings,
  );
  const isLeftOut = isOutage(timely, usualBlocks);
  const joining = isLeftOut ? NO_BLOCK : timely;
  return {
    ...state,
    step: {
      ...step,
      requests: addPerArm(step.requests, requests),
      failures: addPerArm(step.failures, sum(failuresOf(counts))),
      leftOut: step.leftOut + requests.candidate + requests.control - joining.requests,
      outageGain: step.outageGain + (isLeftOut ? timely.forPromotion : 0),
    },
    block: addBlock(block, joining),
  };
}

function toBlock(counts: readonly StratumCounts[], { margin_rho }: AnalysisSettings): Block {
  return {
    requests: total(requestsOf(counts)),
    failures: total(failuresOf(counts)),
    forPromotion: counts.reduce(
      (gain, { bad, share }) => gain + forPromotion(bad.any_failure ?? NONE, share, margin_rho),
      0,
    ),
  };
}

function settleBlock(state: CanaryState): CanaryState {
  const { block, usualBlocks, step } = state;
  if (!isWhole(block)) return state;
  const isLeftOut = isOutage(block, usualBlocks);
  const isCounted = !isLeftOut && isUsualKnown(usualBlocks);
  return {
    ...state,
    block: NO_BLOCK,
    usualBlocks: isLeftOut ? usualBlocks : [...addUsual(usualBlocks, block)],
    step: {
      ...step,
      forPromotion: step.forPromotion + (isCounted ? block.forPromotion : 0),
      outageGain: step.outageGain + (isLeftOut ? block.forPromotion : 0),
      leftOut: step.leftOut + (isCounted ? 0 : block.requests),
    },
  };
}

function requestsOf(counts: readonly StratumCounts[]): readonly PerArm[] {
  return counts.map(({ requests }) => requests);
}

function failuresOf(counts: readonly StratumCounts[]): readonly PerArm[] {
  return counts.map(({ bad }) => bad.any_failure ?? NONE);
}

function sum(counts: readonly PerArm[]): PerArm {
  return counts.reduce(addPerArm, NONE);
}

function total(counts: readonly PerArm[]): number {
  const { candidate, control } = sum(counts);
  return candidate + control;
}
