/** Enough for a count of its tokens; what comes behind it is counted in proportion. */
const MAX_KEPT_CHARACTERS = 256 * 1024;

/** What an answer generated, as far as it is text: for the local count of tokens alone, never to be logged. */
export interface Generated {
  /** The beginning of what each choice said, up to 256 Ki characters of all of them. */
  readonly texts: readonly string[];
  /** Of all that was generated, in characters. */
  readonly length: number;
  /** Calls of tools among it. */
  readonly calls: number;
}

/** What is generated piece by piece, of several choices in turn; each choice's text is its own. */
export class GeneratedSoFar {
  readonly #texts = new Map<number, string>();
  #kept = 0;
  #length = 0;
  #calls = 0;

  /**
   * Adds the next piece of a choice's text.
   * @param choice its index
   */
  add(choice: number, piece: string): void {
    if (piece === '') return;
    this.#length += piece.length;
    if (this.#kept >= MAX_KEPT_CHARACTERS) return;
    const kept = piece.slice(0, MAX_KEPT_CHARACTERS - this.#kept);
    this.#kept += kept.length;
    this.#texts.set(choice, (this.#texts.get(choice) ?? '') + kept);
  }

  /** Adds so many calls of tools; their names and arguments are added as text. */
  addCalls(calls: number): void {
    this.#calls += calls;
  }

  /** What there is until now. */
  read(): Generated {
    return { texts: [...this.#texts.values()], length: this.#length, calls: this.#calls };
  }
}
