import { riskDifference } from './risk-difference.ts';

/** What a key's requests came to, where all of them take one path. */
export interface KeyRisk {
  readonly arm: 'candidate' | 'control';
  readonly requests: number;
  readonly bad: number;
}

/** How likely a difference this large is if the path changes nothing, and the smallest that could have come out. */
export interface PermutationTest {
  readonly p: number;
  /** Where it is above alpha, no result can be significant, whatever the requests come to. */
  readonly smallestP: number;
}

const DRAWS = 2_000;
/** Up to so many choices of keys all of them are tried, in place of some that are drawn. */
const MAX_CHOICES = 2_000;

/**
 * The test for arms that stick to keys: what is drawn then is keys, however many requests they have, and so their
 * arms are what is exchanged.
 * @param random numbers from 0 to 1
 */
export function permuteKeys(keys: readonly KeyRisk[], random: () => number): PermutationTest {
  const candidates = keys.flatMap(({ arm }, index) => (arm === 'candidate' ? [index] : []));
  const size = candidates.length;
  const choices = binomial(keys.length, size);
  const observed = differenceOf(keys, new Set(candidates));
  if (choices <= MAX_CHOICES) {
    const all = allChoices(keys.length, size);
    const asLarge = all.filter((chosen) => differenceOf(keys, chosen) >= observed).length;
    return { p: asLarge / choices, smallestP: 1 / choices };
  }
  const drawn = Array.from({ length: DRAWS }, () => differenceOf(keys, draw(keys.length, size, random)));
  const asLarge = drawn.filter((difference) => difference >= observed).length;
  return { p: (1 + asLarge) / (DRAWS + 1), smallestP: Math.max(1 / choices, 1 / (DRAWS + 1)) };
}

/** Of all keys in one stratum; none where an arm has no request. */
function differenceOf(keys: readonly KeyRisk[], candidates: ReadonlySet<number>): number {
  const requests = { candidate: 0, control: 0 };
  const bad = { candidate: 0, control: 0 };
  for (const [index, key] of keys.entries()) {
    const arm = candidates.has(index) ? 'candidate' : 'control';
    requests[arm] += key.requests;
    bad[arm] += key.bad;
  }
  return riskDifference([{ requests, bad }]).difference ?? 0;
}

function draw(count: number, size: number, random: () => number): ReadonlySet<number> {
  const indexes = Array.from({ length: count }, (_, index) => index);
  for (let place = 0; place < size; place += 1) {
    const other = place + Math.floor(random() * (count - place));
    const [one = 0, two = 0] = [indexes[place], indexes[other]];
    indexes[place] = two;
    indexes[other] = one;
  }
  return new Set(indexes.slice(0, size));
}

function allChoices(count: number, size: number, from = 0): ReadonlySet<number>[] {
  if (size === 0) return [new Set()];
  const choices: ReadonlySet<number>[] = [];
  for (let first = from; first <= count - size; first += 1) {
    for (const rest of allChoices(count, size - 1, first + 1)) choices.push(new Set([first, ...rest]));
  }
  return choices;
}

/** In how many ways so many can be chosen. */
function binomial(count: number, size: number): number {
  let choices = 1;
  for (let index = 1; index <= size; index += 1) choices = (choices * (count - size + index)) / index;
  return Math.round(choices);
}
