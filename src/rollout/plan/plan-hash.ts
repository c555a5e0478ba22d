import { createHash } from 'node:crypto';
import type { ReleasePlan } from './release-plan.ts';

/** SHA-256, in hex, of what a plan says with its defaults, however it is written. */
export function planHash(plan: ReleasePlan): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(plan)))
    .digest('hex');
}

/** The same with the fields of each object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, sorted(field)]));
}
