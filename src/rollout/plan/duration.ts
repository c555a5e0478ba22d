import { z } from 'zod';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_DAYS = 366;

/** A time as plans write it, such as `90s`, `30m`, `24h` or `3d`; in milliseconds when it is read. */
export const duration = z
  .string()
  .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'is a number and ms, s, m, h or d, such as 30m')
  .transform((text) => {
    const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
    return Number(count) * UNITS[unit as keyof typeof UNITS];
  })
  .refine((milliseconds) => milliseconds <= MAX_DAYS * UNITS.d, `is at most ${MAX_DAYS}d`);
