import type { KeyLimits } from '../../core/catalog.ts';

/** What may be used within any 60 seconds. */
export type RateLimits = Pick<KeyLimits, 'rpm' | 'tpm'>;
