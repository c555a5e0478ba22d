import { splitWords } from '../words.ts';

/** What ends a text early: sequences, and a number of words. */
export interface TextLimits {
  stop?: string | readonly string[] | null | undefined;
  /** Absent: none. */
  words?: number | null | undefined;
}

/** Cuts at the first stop sequence, then at the number of words; `isCut` says whether the latter did. */
export function limitText(
  text: string,
  { stop, words: limit }: TextLimits,
): { text: string; isCut: boolean } {
  const stopped = cutAtStop(text, stop ?? []);
  if (limit === undefined || limit === null) return { text: stopped, isCut: false };
  const words = splitWords(stopped);
  return { text: words.slice(0, limit).join(''), isCut: words.length > limit };
}

function cutAtStop(text: string, stop: string | readonly string[]): string {
  const sequences = typeof stop === 'string' ? [stop] : stop;
  const places = sequences.filter(Boolean).map((sequence) => text.indexOf(sequence));
  const first = Math.min(...places.filter((place) => place !== -1));
  return text.slice(0, Number.isFinite(first) ? first : text.length);
}
