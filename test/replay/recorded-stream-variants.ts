import { withComments, withCrlf } from '../support/event-stream.ts';

/** A recorded stream with LF as line end, whatever it was recorded with, and a blank line behind its last event. */
export function plainStream(body: Buffer): Buffer {
  const text = body.toString('utf8').replaceAll('\r\n', '\n');
  return Buffer.from(text.endsWith('\n\n') ? text : `${text.trimEnd()}\n\n`);
}

/** The ways in which the same stream may be written: none of them says anything else. */
export const STREAM_VARIANTS: readonly (readonly [name: string, vary: (body: Buffer) => Buffer])[] = [
  ['LF', plainStream],
  ['CRLF', (body) => withCrlf(plainStream(body))],
  ['LF and keep-alive comments', (body) => withComments(plainStream(body))],
  ['CRLF and keep-alive comments', (body) => withCrlf(withComments(plainStream(body)))],
];
