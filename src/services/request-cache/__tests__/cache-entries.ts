import type { CacheEntry } from '../cache-entry.ts';

/** A small entry of two pieces, but for what is given. */
export function entryOf(text: string, fields: Partial<CacheEntry> = {}): CacheEntry {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    chunks: [Buffer.from('data: '), Buffer.from(`${text}\n\n`)],
    finishReason: undefined,
    usage: undefined,
    uncounted: undefined,
    ...fields,
  };
}

/** An entry with something in every field. */
export const FULL_ENTRY: CacheEntry = entryOf('täglich 🍵', {
  status: 201,
  headers: { 'content-type': 'application/json', 'content-language': ['de', 'en'] },
  chunks: [Buffer.from([0, 255, 128]), Buffer.alloc(0), Buffer.from('täglich 🍵')],
  finishReason: 'stop',
  usage: { prompt: 1, completion: 2, cached: 3, reasoning: 4 },
  uncounted: { texts: ['täglich 🍵', 'zwei'], length: 300_000, calls: 1 },
});
