import type { PathsDependencies } from '../../../src/paths.ts';

export const MASTER_KEY = Buffer.alloc(32, 7);

/** Limits of waits, in milliseconds. */
export const WAITS = { connectMs: 5_000, headersMs: 20_000, idleMs: 20_000 };

/** Everything takes the legacy path. */
export const NO_LITELLM: Omit<PathsDependencies, 'legacy'> = {
  litellm: {
    name: 'litellm',
    supports: () => false,
    handle: () => Promise.reject(new Error('Nothing goes this way.')),
  },
  signals: {
    useLitellm: false,
    isKilled: () => false,
    isEnrolled: () => false,
    drawArm: () => ({ isNew: false, share: 0, rules: undefined }),
  },
  scope: () => undefined,
  recorder: { record: () => {} },
  breaker: { now: () => performance.now(), onChange: () => {} },
};
