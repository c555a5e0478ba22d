/**
 * Cuts a text into words with the space before them; joined they are the text again. A word is the
 * emulator's token: usage, limits and pieces of a stream all count in it.
 */
export function splitWords(text: string): string[] {
  return text.match(/\s*\S+(?:\s+$)?/g) ?? (text === '' ? [] : [text]);
}

/** How many words a text has. It does not cut the text up: this runs over every message of every request. */
export function countWords(text: string): number {
  let words = 0;
  let afterSpace = true;
  for (let index = 0; index < text.length; index++) {
    const isSpace = text.charCodeAt(index) <= 32;
    if (afterSpace && !isSpace) words++;
    afterSpace = isSpace;
  }
  return words;
}
