import { GatewayError } from './gateway-error.ts';

/** A whole answer larger than this is refused: it has to be held in memory. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/**
 * Reads a body to its end.
 * @param limit how long it may be, in bytes
 * @throws GatewayError `upstream_invalid_response` where it is too large; whatever the source throws as it is
 */
export async function readWhole(
  source: AsyncIterable<Uint8Array>,
  limit = MAX_ANSWER_BYTES,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    refuseTooLarge(size, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** @throws GatewayError where an answer of so many bytes is not to be read */
export function refuseTooLarge(bytes: number, limit = MAX_ANSWER_BYTES): void {
  if (bytes <= limit) return;
  throw new GatewayError('upstream_invalid_response', 'The provider sent an answer that is too large.');
}
