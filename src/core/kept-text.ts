/** Enough for a count of its tokens; what comes behind it is counted in proportion. */
const MAX_KEPT_CHARACTERS = 256 * 1024;

/** A text that grows by pieces, of which the beginning is kept and the length known. */
export class KeptText {
  #beginning = '';
  #length = 0;

  /** The text, up to 256 Ki characters. */
  get beginning(): string {
    return this.#beginning;
  }

  /** Of all of it, in characters. */
  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    this.#length += piece.length;
    this.#beginning += piece.slice(0, MAX_KEPT_CHARACTERS - this.#beginning.length);
  }
}
