const NOTHING = Buffer.alloc(0);

/**
 * Bytes that wait for more. There is room behind them that doubles as they grow, so that the cost of holding them is
 * in proportion to what comes, however small the pieces.
 */
export class HeldBytes {
  #bytes: Buffer = NOTHING;
  /** Begins with the bytes and goes on with free room; nothing where they are part of what somebody else has. */
  #room: Buffer = NOTHING;

  get length(): number {
    return this.#bytes.length;
  }

  /** What is held with the chunk behind it; the chunk is not held. */
  join(chunk: Buffer): Buffer {
    const { length } = this.#bytes;
    if (length === 0) return chunk;
    const needed = length + chunk.length;
    if (this.#room.length < needed) {
      this.#room = Buffer.allocUnsafe(Math.max(needed, 2 * length));
      this.#bytes.copy(this.#room);
    }
    chunk.copy(this.#room, length);
    return this.#room.subarray(0, needed);
  }

  /** Holds the end of what was joined last in place of what was held before. */
  keep(rest: Buffer): void {
    this.#bytes = rest;
    // What lies before the rest has gone out as a view of this memory, whose room is not used again.
    if (rest.buffer !== this.#room.buffer || rest.byteOffset !== this.#room.byteOffset) this.#room = NOTHING;
  }

  /** Gives what is held, and holds nothing any more. */
  take(): Buffer {
    const bytes = this.#bytes;
    this.keep(NOTHING);
    return bytes;
  }
}
