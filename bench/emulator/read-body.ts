import type { IncomingMessage } from 'node:http';
import type { RequestBody } from './dialect.ts';

/**
 * Reads a request's body and parses it when it is JSON. What goes beyond `limit` bytes is read and dropped,
 * so that the client gets to see the refusal instead of a reset.
 *
 * @param done called once with the body
 * @param aborted called instead when the client goes away before its end, with the text that had come
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  done: (body: RequestBody) => void,
  aborted: (text: string) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let isRead = false;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.once('end', () => {
    isRead = true;
    done(size > limit ? { kind: 'too-large', limit } : parse(textOf(chunks)));
  });
  request.once('error', () => {
    if (!isRead) aborted(textOf(chunks));
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  if (first === undefined) return '';
  return chunks.length === 1 ? first.toString('utf8') : Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): RequestBody {
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    return { kind: 'text', text };
  }
}
