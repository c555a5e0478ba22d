import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../../src/core/json.ts';
import type { Observation } from './observe-case.ts';

/** One place where two observations differ. */
export interface Difference {
  /** Path into the observation, such as `answer.error.message`. */
  readonly at: string;
  readonly legacy: unknown;
  readonly litellm: unknown;
}

/**
 * Every leaf in which the two differ; the order of an object's keys is none. A list of numbers is one leaf, as a vector
 * or the bytes of a token differ as a whole.
 */
export function compareObservations(legacy: Observation, litellm: Observation): Difference[] {
  return Object.keys(legacy).flatMap((part) =>
    compare(part, legacy[part as keyof Observation], litellm[part as keyof Observation]),
  );
}

function compare(at: string, legacy: unknown, litellm: unknown): Difference[] {
  if (Object.is(legacy, litellm)) return [];
  if (isNumbers(legacy) && isNumbers(litellm)) {
    return isDeepStrictEqual(legacy, litellm) ? [] : [{ at, legacy, litellm }];
  }
  if (Array.isArray(legacy) && Array.isArray(litellm)) {
    const length = Math.max(legacy.length, litellm.length);
    return Array.from({ length }, (_, index) =>
      compare(`${at}[${index}]`, legacy[index], litellm[index]),
    ).flat();
  }
  if (isJsonObject(legacy) && isJsonObject(litellm)) {
    const names = new Set([...Object.keys(legacy), ...Object.keys(litellm)]);
    return [...names].flatMap((name) => compare(`${at}.${name}`, legacy[name], litellm[name]));
  }
  return [{ at, legacy, litellm }];
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}
