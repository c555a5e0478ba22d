/** Longer than any word, and than what is written without a space in languages that have none. */
const MAX_RUN = 256;
/** What an encoding's words are made of: letters, digits, blanks, other signs. A slash may be among line breaks. */
const RUN = /[\p{L}\p{M}]{1,256}|\p{N}{1,256}|[\s/]{1,256}|[^\s\p{L}\p{N}]{1,256}/gu;

/**
 * Cuts a text where what could be one word of an encoding goes on for too long: finding a word's tokens costs the
 * square of its length. Any other text is one piece.
 */
export function* cutLongRuns(text: string): Generator<string, void> {
  let from = 0;
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (run.length < MAX_RUN) continue;
    const to = index + run.length;
    yield text.slice(from, to);
    from = to;
  }
  if (from < text.length) yield text.slice(from);
}
