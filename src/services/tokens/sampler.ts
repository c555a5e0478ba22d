/** Says whether the one that asks is in the sample. */
export type Sampler = () => boolean;

/** What a sample is drawn by. */
export interface SamplerOptions {
  /** One in so many is drawn, by chance. */
  readonly oneIn: number;
  /** No two that are drawn are closer to each other, in milliseconds. */
  readonly minIntervalMs: number;
  /** From 0 up to 1, without it. */
  readonly random?: (() => number) | undefined;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** Creates the drawing of a sample that is bounded in its share and in its rate. */
export function createSampler({
  oneIn,
  minIntervalMs,
  random = Math.random,
  now = () => performance.now(),
}: SamplerOptions): Sampler {
  let nextAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (random() * oneIn >= 1) return false;
    const at = now();
    if (at < nextAt) return false;
    nextAt = at + minIntervalMs;
    return true;
  };
}
