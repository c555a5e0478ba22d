import { splitWords } from '../words.ts';

const WORDS_A_PIECE = 3;

/** A text in pieces of a few words, as a stream brings it; joined they are the text again. */
export function textPieces(text: string): string[] {
  const words = splitWords(text);
  const starts = Array.from({ length: Math.ceil(words.length / WORDS_A_PIECE) }, (_, n) => n * WORDS_A_PIECE);
  return starts.map((start) => words.slice(start, start + WORDS_A_PIECE).join(''));
}

/** Arguments of a call in bits that no JSON parser takes by themselves. */
export function argumentPieces(text: string): string[] {
  return text.match(/[\s\S]{1,8}/gu) ?? [];
}
