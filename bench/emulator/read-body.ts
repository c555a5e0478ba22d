import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FormField, RequestBody } from './dialect.ts';

/**
 * Reads a request's body and parses it when it is JSON or a form. What goes beyond `limit` bytes is read and dropped,
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
    const type = request.headers['content-type'] ?? '';
    if (size > limit) done({ kind: 'too-large', limit });
    else if (type.startsWith('multipart/form-data')) void parseForm(Buffer.concat(chunks), type).then(done);
    else done(parse(textOf(chunks)));
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

/** A form that cannot be read is given as its text. */
async function parseForm(bytes: Buffer, contentType: string): Promise<RequestBody> {
  try {
    const form = await new Response(new Uint8Array(bytes), {
      headers: { 'content-type': contentType },
    }).formData();
    return { kind: 'form', fields: await Promise.all([...form].map(toField)) };
  } catch {
    // What is wrong with the form, the provider does not say either.
    return { kind: 'text', text: bytes.toString('utf8') };
  }
}

async function toField([name, value]: [string, string | File]): Promise<FormField> {
  if (typeof value === 'string') return { name, value };
  const bytes = Buffer.from(await value.arrayBuffer());
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, value: { filename: value.name, type: value.type, size: bytes.length, sha256 } };
}

function parse(text: string): RequestBody {
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    return { kind: 'text', text };
  }
}
