import type { IncomingHttpHeaders } from 'node:http';
import type { Directive } from './directive.ts';

/** A file of a form: what two requests can be compared by. The size is in bytes, the hash SHA-256 in hex. */
export interface FormFile {
  filename: string;
  type: string;
  size: number;
  sha256: string;
}

/** One field of a form. A name may come again. */
export interface FormField {
  name: string;
  value: string | FormFile;
}

/** The body of a request, as far as it could be read. Limits are in bytes. */
export type RequestBody =
  | { kind: 'json'; value: unknown }
  | { kind: 'form'; fields: readonly FormField[] }
  | { kind: 'text'; text: string }
  | { kind: 'too-large'; limit: number };

/** One request as a dialect sees it: read to its end, nothing checked yet. */
export interface DialectRequest {
  method: string;
  /** Without the query string. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: RequestBody;
}

/** One server-sent event before it is framed. `event` is left out by dialects that do not name events. */
export interface StreamEvent {
  event?: string;
  data: string;
}

/** An answer that is one body. `headers` is a flat list of names and values, without content-length. */
export interface WholeReply {
  kind: 'whole';
  status: number;
  headers: readonly string[];
  body: string | Buffer;
}

/** An answer that is a stream, in the parts the faults need to tell apart. */
export interface StreamReply {
  kind: 'stream';
  /** `json-array`: one array whose elements are the events' data, as Gemini streams without `alt=sse`. */
  framing: 'sse' | 'sse-crlf' | 'json-array';
  status: number;
  headers: readonly string[];
  /** Events that carry the answer. */
  content: readonly StreamEvent[];
  /** Events that say the answer is complete: finish reasons, usage. */
  closing: readonly StreamEvent[];
  /** The end marker, for dialects that have one. */
  done: StreamEvent | undefined;
  /** What this dialect sends when the answer fails on its way. */
  failure: StreamEvent;
}

/** A reply and what to do to it on the wire; no directive means: send it as it is. */
export interface DialectAnswer {
  reply: WholeReply | StreamReply;
  directive: Directive | undefined;
}

/** One provider's API: reads a request, refuses what the provider refuses, answers the rest. */
export interface Dialect {
  answer(request: DialectRequest): DialectAnswer;
}
