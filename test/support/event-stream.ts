/** One server-sent event, read the plain way: for comparing, not for speed. */
export interface ReadEvent {
  /** The event's name; undefined where it has none. */
  readonly name: string | undefined;
  /** The data lines, joined. */
  readonly data: string;
}

/** The events of a whole stream that have data. Fails where the stream ends inside an event. */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  const text = Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n');
  const events = text.split('\n\n');
  const rest = events.pop() ?? '';
  if (rest.trim() !== '') throw new Error(`The stream ends inside an event: ${rest}`);
  return events.map(readEvent).filter((event) => event.data !== '');
}

function readEvent(text: string): ReadEvent {
  const lines = text.split('\n');
  const valuesOf = (field: string) =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).trimStart());
  return { name: valuesOf('event')[0], data: valuesOf('data').join('\n') };
}

/** The bytes in pieces of one size, the last one shorter. */
export function inChunks(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

/** The stream with CRLF as line end. */
export function withCrlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('utf8').replaceAll('\n', '\r\n'));
}

/** The stream with a comment before each event, as providers send to keep a connection open. */
export function withComments(bytes: Buffer): Buffer {
  return Buffer.concat(wholeEvents(bytes).flatMap((event) => [Buffer.from(': keep-alive\n\n'), event]));
}

/** The events of a stream with LF line ends, each with its blank line. */
export function wholeEvents(bytes: Buffer): Buffer[] {
  const events: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const blank = bytes.indexOf('\n\n', start);
    const end = blank === -1 ? bytes.length : blank + 2;
    events.push(bytes.subarray(start, end));
    start = end;
  }
  return events;
}

/** A source that gives the chunks one by one, then ends, or throws where a fault is given. */
export async function* sourceOf(
  chunks: Iterable<string | Uint8Array>,
  fault?: unknown,
): AsyncGenerator<Buffer, void> {
  for (const chunk of chunks) yield Buffer.from(chunk);
  if (fault !== undefined) throw fault;
}

/** Reads a body to its end. */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(body));
}
