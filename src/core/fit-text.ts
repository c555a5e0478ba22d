/**
 * A text as a column takes it: cut to so many bytes of UTF-8 at the border of a character, and without what is no
 * character at all; undefined stays undefined.
 */
export function fitText(text: string, maxBytes: number): string;
export function fitText(text: string | undefined, maxBytes: number): string | undefined;
export function fitText(text: string | undefined, maxBytes: number): string | undefined {
  if (text === undefined) return undefined;
  // A zero byte is what PostgreSQL takes in no text, and half a character what UTF-8 cannot say.
  const bytes = Buffer.from(text.replaceAll('\0', '').toWellFormed());
  if (bytes.length <= maxBytes) return bytes.toString();
  let end = maxBytes;
  while (isContinuation(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}
