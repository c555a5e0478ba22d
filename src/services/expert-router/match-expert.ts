import type { Expert } from './expert-routing-schema.ts';

/**
 * The expert for what a classifier named: one whose category is the same, in whatever case; else the one that
 * agrees with it in the longest text, where one of the two is part of the other. Of equals the first counts.
 * @param named in the order in which they count
 * @returns undefined where no category is like any of them
 */
export function matchExpert(experts: readonly Expert[], named: readonly string[]): Expert | undefined {
  const names = named.map(normalised).filter((name) => name !== '');
  return (
    firstOf(names, (name) => sameAs(experts, name)) ?? firstOf(names, (name) => closestTo(experts, name))
  );
}

function firstOf(names: readonly string[], find: (name: string) => Expert | undefined): Expert | undefined {
  for (const name of names) {
    const found = find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sameAs(experts: readonly Expert[], name: string): Expert | undefined {
  return experts.find(({ category }) => normalised(category) === name);
}

function closestTo(experts: readonly Expert[], name: string): Expert | undefined {
  let closest: Expert | undefined;
  let longest = 0;
  for (const expert of experts) {
    const length = overlap(normalised(expert.category), name);
    if (length > longest) {
      closest = expert;
      longest = length;
    }
  }
  return closest;
}

/** The length of the shorter one where it is part of the other. An empty one is part of everything and counts 0. */
function overlap(one: string, other: string): number {
  return one.includes(other) || other.includes(one) ? Math.min(one.length, other.length) : 0;
}

function normalised(text: string): string {
  return text.trim().toLowerCase();
}
