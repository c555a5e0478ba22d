import fc from 'fast-check';
import { withComments, withCrlf } from '../../../../test/support/event-stream.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';

/** How often each property is tried; fast-check prints the seed of a failure. */
export const RUNS = { numRuns: 200 };

/** A text of any characters, and the pieces that it comes in: a piece may be empty, or half a character. */
export interface CutText {
  readonly whole: string;
  readonly pieces: readonly string[];
}

/** Cuts what is generated at arbitrary places. */
export function cutText(texts: fc.Arbitrary<string>): fc.Arbitrary<CutText> {
  return fc.tuple(texts, fc.array(fc.nat(), { maxLength: 4 })).map(([whole, places]) => {
    const cuts = places.map((place) => place % (whole.length + 1)).sort((one, other) => one - other);
    const ends = [...cuts, whole.length];
    return { whole, pieces: ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end)) };
  });
}

/** Any text, most of it beyond ASCII, line ends and quotes among it. */
export const anyText = fc.string({ unit: 'binary', maxLength: 40 });

/** The JSON text of an arbitrary object. */
const anyObject: fc.Arbitrary<string> = fc
  .dictionary(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
  .map((object) => JSON.stringify(object));

/** A call of a tool, and how its arguments come. */
export interface GeneratedCall {
  readonly name: string;
  readonly json: CutText;
}

/** Any call of a tool. */
export const anyCall: fc.Arbitrary<GeneratedCall> = fc.record({
  name: fc.stringMatching(/^[a-z_]{1,12}$/),
  json: cutText(anyObject),
});

/** What a client makes of a call. */
export function readCall({ name, json }: GeneratedCall): {
  readonly name: string;
  readonly arguments: unknown;
} {
  return { name, arguments: JSON.parse(json.whole) };
}

/** How a stream is written, and in what pieces it arrives. */
export interface Framing {
  readonly crlf: boolean;
  readonly comments: boolean;
  /** Sizes of the pieces in bytes, over and over. */
  readonly sizes: readonly number[];
}

/** Any way to write the same stream. */
export const anyFraming: fc.Arbitrary<Framing> = fc.record({
  crlf: fc.boolean(),
  comments: fc.boolean(),
  sizes: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
});

/** The bytes of a stream of events, by their `type` where they have one; `[DONE]` is written as it is. */
export function writeStream(events: readonly JsonValue[], { crlf, comments }: Framing): Buffer {
  const written = Buffer.from(events.map(writeEvent).join(''));
  const commented = comments ? withComments(written) : written;
  return crlf ? withCrlf(commented) : commented;
}

function writeEvent(event: JsonValue): string {
  if (event === '[DONE]') return 'data: [DONE]\n\n';
  const name = typeOf(event);
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(event)}\n\n`;
}

function typeOf(event: JsonValue): string | undefined {
  const type = typeof event === 'object' && event !== null && 'type' in event ? event.type : undefined;
  return typeof type === 'string' ? type : undefined;
}

/** The bytes in the pieces in which they arrive. */
export function inPieces(bytes: Buffer, { sizes }: Framing): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const size = sizes[pieces.length % sizes.length] ?? 1;
    pieces.push(bytes.subarray(from, from + size));
    from += size;
  }
  return pieces;
}

/** What reads along with a stream. */
interface Reader {
  push(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

/** All that a reader gives for a stream that arrives in these pieces. */
export function readThrough(reader: Reader, pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...pieces.map((piece) => reader.push(piece)), reader.end()]);
}

/** The values of a field of the first choice's delta, over all chunks of a stream. */
export function deltaValues(chunks: readonly unknown[], field: string): JsonValue[] {
  return chunks.flatMap((chunk) => {
    const choices = fieldOf(chunk, 'choices');
    const value = fieldOf(fieldOf(Array.isArray(choices) ? choices[0] : undefined, 'delta'), field);
    return value === undefined ? [] : [value];
  });
}

function fieldOf(value: unknown, field: string): JsonValue | undefined {
  const object: Partial<JsonObject> = typeof value === 'object' && value !== null ? { ...value } : {};
  return object[field];
}
