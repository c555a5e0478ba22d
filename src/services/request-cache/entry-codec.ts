import { z } from 'zod';
import { type CacheEntry, splitBody } from './cache-entry.ts';

const LENGTH_BYTES = 4;

const usageSchema = z.strictObject({
  prompt: z.number(),
  completion: z.number(),
  cached: z.number(),
  reasoning: z.number(),
});

const generatedSchema = z.strictObject({
  texts: z.array(z.string()),
  length: z.int().min(0),
  calls: z.int().min(0),
});

const headSchema = z.strictObject({
  status: z.number(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  finishReason: z.string().optional(),
  usage: usageSchema.optional(),
  uncounted: generatedSchema.optional(),
  /** Of the body's pieces, in bytes. */
  sizes: z.array(z.number()),
});

/** An entry as bytes: the length of its head, the head as JSON, the body. */
export function encodeEntry({ chunks, ...rest }: CacheEntry): Buffer {
  const sizes = chunks.map(({ length }) => length);
  const head = Buffer.from(JSON.stringify({ ...rest, sizes }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, ...chunks]);
}

/** @throws Error where the bytes are no entry of this version */
export function decodeEntry(bytes: Buffer): CacheEntry {
  const end = LENGTH_BYTES + bytes.readUInt32BE();
  const { sizes, ...head } = headSchema.parse(JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end)));
  return { uncounted: undefined, ...head, chunks: splitBody(bytes.subarray(end), sizes) };
}
