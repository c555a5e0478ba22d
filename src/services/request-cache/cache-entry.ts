import type { CallOutcome } from '../../core/call-outcome.ts';
import type { Generated } from '../../core/generated.ts';
import type { Reply, ReplyHeaders } from '../../core/request-path.ts';
import { isCounted } from '../../core/usage.ts';

/** A successful answer, as it is kept. */
export interface CacheEntry extends Pick<CallOutcome, 'finishReason' | 'usage'> {
  readonly status: number;
  readonly headers: ReplyHeaders;
  /** The body, in the pieces in which it came. */
  readonly chunks: readonly Uint8Array[];
  /** What was generated, where the provider did not count it. */
  readonly uncounted: Generated | undefined;
}

/** What describes an answer, whenever it is given; the others tell of the one call that was made for it. */
const DESCRIBING = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-disposition',
  'openai-model',
  'openai-version',
]);

/** The headers that hold for everybody who gets the answer: no limits, no ids, no cookies. */
export function describingHeaders(headers: ReplyHeaders): ReplyHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => DESCRIBING.has(name)));
}

/**
 * An answer in the form in which it is kept.
 * @param chunks its whole body; it is copied, as a piece may be a view of much more memory
 */
export function toCacheEntry(
  { status, headers }: Pick<Reply, 'status' | 'headers'>,
  chunks: readonly Uint8Array[],
  outcome: CallOutcome,
): CacheEntry {
  const sizes = chunks.map(({ length }) => length);
  return {
    status,
    headers: describingHeaders(headers),
    chunks: splitBody(Buffer.concat(chunks), sizes),
    finishReason: outcome.finishReason,
    usage: outcome.usage,
    uncounted: uncountedIn(outcome),
  };
}

/** What was generated, where nobody has counted it: who is given a counted answer again need not count it. */
export function uncountedIn({ usage, generated }: CallOutcome): Generated | undefined {
  return isCounted(usage) ? undefined : generated;
}

/** The body as pieces of these sizes, in bytes; views of it, no copies. */
export function splitBody(body: Buffer, sizes: readonly number[]): Buffer[] {
  let start = 0;
  return sizes.map((size) => {
    const chunk = body.subarray(start, start + size);
    start += size;
    return chunk;
  });
}

/** A kept answer as a reply, which any number of clients may get. Nothing was called for it, so it has no timings. */
export function replyFrom({ status, headers, chunks, finishReason, usage, uncounted }: CacheEntry): Reply {
  return {
    status,
    headers,
    body: replay(chunks),
    outcome: Promise.resolve({ kind: 'success', finishReason, usage, generated: uncounted }),
  };
}

async function* replay(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* chunks;
}
