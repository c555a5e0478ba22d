import { z } from 'zod';
import { CANARY_STREAMS } from './canary-streams.ts';

const risk = z.number().gt(0).lt(1);

/** How evidence is judged; what a plan does not name has its default. Frozen with the plan. */
export const analysisSettings = z.strictObject({
  /** Chance of a rollback that nothing called for, over the whole rollout. */
  alpha_rollback: risk.default(0.05),
  /** Chance of a promotion of a path that is worse by the margin, for each step. */
  alpha_promote: risk.default(0.05),
  /** Chance of a step that is held since its counts are wrong, where they are not. */
  alpha_mismatch: risk.default(0.001),
  /** How many times as often requests may go bad before that must keep a step from being promoted. */
  margin_rho: z.number().gt(1).max(50).default(2),
  /** What is smaller rolls nothing back, however sure it is; a share of requests. */
  min_rd: z.number().min(0).lt(1).default(0.002),
  /** Share of the new path's requests that must have their like on the other. */
  min_overlap: z.number().min(0).max(1).default(0.9),
  /** Where too few requests go bad for the margin: what the new path's risk must be shown not to exceed. */
  ceiling: risk.default(0.01),
});

/** See `analysisSettings`. */
export type AnalysisSettings = z.output<typeof analysisSettings>;

/** See `StreamMode`. */
export const streamMode = z.enum(['observe', 'hold', 'rollback']);

/** What each stream may do. Left out, it is observed. */
export const streamModes = z.partialRecord(z.enum(CANARY_STREAMS), streamMode);

export type StreamModes = z.output<typeof streamModes>;
