import { z } from 'zod';

const HOUR_MS = 60 * 60 * 1000;
const RANGES = { '24h': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS, '30d': 30 * 24 * HOUR_MS };

/** How far back statistics go. */
export const rangeField = z.enum(['24h', '7d', '30d']).default('24h');

/** When a range began, in epoch milliseconds. */
export function beginOf(range: z.output<typeof rangeField>): number {
  return Date.now() - RANGES[range];
}
