import { z } from 'zod';

/** Methods of arrays that may go through all of one. */
const WALKS = [
  'concat',
  'every',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'flat',
  'flatMap',
  'forEach',
  'includes',
  'indexOf',
  'join',
  'lastIndexOf',
  'map',
  'reduce',
  'reduceRight',
  'slice',
  'some',
  'sort',
  'toReversed',
  'toSorted',
];

interface CountedMethod {
  readonly owner: object;
  readonly name: string;
  /** How many elements one call goes through. */
  readonly steps: (self: unknown, first: unknown) => number;
}

const METHODS: readonly CountedMethod[] = [
  ...[new Map(), new Set(), []].map((collection) => ({
    owner: z.custom<object>(isObject).parse(Object.getPrototypeOf(collection[Symbol.iterator]())),
    name: 'next',
    steps: () => 1,
  })),
  ...[Map.prototype, Set.prototype].map((owner) => ({ owner, name: 'forEach', steps: sizeOf })),
  ...WALKS.map((name) => ({ owner: Array.prototype, name, steps: sizeOf })),
  ...['keys', 'values', 'entries'].map((name) => ({
    owner: Object,
    name,
    steps: (_self: unknown, object: unknown) => (isObject(object) ? Reflect.ownKeys(object).length : 0),
  })),
];

/**
 * How many elements of arrays, maps, sets and objects some work goes through, by iterating or by a method, whether or
 * not it reads anything of them. The work is done at once, and nothing else may run meanwhile.
 */
export function countSteps(work: () => unknown): number {
  let steps = 0;
  const add = (more: number) => {
    steps += more;
  };
  const restorers: (() => void)[] = [];
  // By their places, here and at the end: an iteration would be counted itself.
  for (let at = 0; at < METHODS.length; at += 1) {
    const method = METHODS[at];
    if (method !== undefined) restorers.push(count(method, add));
  }
  try {
    work();
    return steps;
  } finally {
    for (let at = 0; at < restorers.length; at += 1) restorers[at]?.();
  }
}

/** @returns what puts the method back */
function count({ owner, name, steps }: CountedMethod, add: (more: number) => void): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const original: unknown = descriptor?.value;
  if (descriptor === undefined || typeof original !== 'function') throw new Error(`There is no ${name}.`);
  const value = function (this: unknown, ...parameters: unknown[]): unknown {
    add(steps(this, parameters[0]));
    return Reflect.apply(original, this, parameters);
  };
  Object.defineProperty(owner, name, { ...descriptor, value });
  return () => Object.defineProperty(owner, name, descriptor);
}

function sizeOf(collection: unknown): number {
  if (Array.isArray(collection)) return collection.length;
  return collection instanceof Map || collection instanceof Set ? collection.size : 0;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
