import { riskDifference } from './risk-difference.ts';

/** What a key's requests came to, where all of them take one path. */
export interface KeyRisk {
  readonly arm: 'candidate' | 'control';
  readonly requests: number;
  readonly bad: number;
}

const DRAWS = 2_000;
/** Up to so many choices of keys all of them are tried, in place of some that are drawn. */
const MAX_CHOICES = 2_000;
const TOLERANCE = 1e-12;

/**
 * The smallest p that so many keys could come to, whatever happens to them: above alpha nothing can be significant.
 */
export function smallestP(keys: readonly Pick<KeyRisk, 'arm'>[]): number {
  const size = keys.filter(({ arm }) => arm === 'candidate').length;
  const choices = binomial(keys.length, size);
  return choices <= MAX_CHOICES ? 1 / choices : Math.max(1 / choices, 1 / (DRAWS + 1));
}

/**
 * The test for arms that stick to keys: what is drawn then is keys, however many requests they have, and so their
 * arms are what is exchanged.
 * @param random numbers from 0 to 1
 * @returns how likely a difference this large is if the path changes nothing
 */
export function permuteKeys(keys: readonly KeyRisk[], random: () => number): number {
  const chosen = keys.flatMap(({ arm }, index) => (arm === 'candidate' ? [index] : []));
  const size = chosen.length;
  const all = sumOf(keys);
  const differenceOf = (candidates: readonly number[]) => difference(keys, candidates, all);
  // Sums of the same numbers in another order may differ in their last digit.
  const observed = differenceOf(chosen) - TOLERANCE;
  const choices = binomial(keys.length, size);
  if (choices <= MAX_CHOICES) {
    return allChoices(keys.length, size).filter((each) => differenceOf(each) >= observed).length / choices;
  }
  const indexes = Array.from(keys.keys());
  let asLarge = 1;
  for (let count = 0; count < DRAWS; count += 1) {
    if (differenceOf(draw(indexes, size, random)) >= observed) asLarge += 1;
  }
  return asLarge / (DRAWS + 1);
}

type Sum = Pick<KeyRisk, 'requests' | 'bad'>;

function sumOf(keys: readonly Sum[]): Sum {
  return keys.reduce(
    (sum, { requests, bad }) => ({ requests: sum.requests + requests, bad: sum.bad + bad }),
    {
      requests: 0,
      bad: 0,
    },
  );
}

/** Of all keys in one stratum; none where an arm has no request. */
function difference(keys: readonly KeyRisk[], candidates: readonly number[], all: Sum): number {
  let requests = 0;
  let bad = 0;
  for (const index of candidates) {
    requests += keys[index]?.requests ?? 0;
    bad += keys[index]?.bad ?? 0;
  }
  const risk = {
    requests: { candidate: requests, control: all.requests - requests },
    bad: { candidate: bad, control: all.bad - bad },
  };
  return riskDifference([risk]).difference ?? 0;
}

/** So many of the indexes, by a shuffle of as many places: they are in any order already, and stay so. */
function draw(indexes: number[], size: number, random: () => number): readonly number[] {
  for (let place = 0; place < size; place += 1) {
    const other = place + Math.floor(random() * (indexes.length - place));
    const [one = 0, two = 0] = [indexes[place], indexes[other]];
    indexes[place] = two;
    indexes[other] = one;
  }
  return indexes.slice(0, size);
}

function allChoices(count: number, size: number, from = 0): (readonly number[])[] {
  if (size === 0) return [[]];
  const choices: (readonly number[])[] = [];
  for (let first = from; first <= count - size; first += 1) {
    for (const rest of allChoices(count, size - 1, first + 1)) choices.push([first, ...rest]);
  }
  return choices;
}

/** In how many ways so many can be chosen. */
function binomial(count: number, size: number): number {
  let choices = 1;
  for (let index = 1; index <= size; index += 1) choices = (choices * (count - size + index)) / index;
  return Math.round(choices);
}
