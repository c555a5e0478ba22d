type Chunk = IteratorResult<Uint8Array, undefined>;

/** What one reader has had of a body, and whether it waits for more. */
interface Reader {
  /** Of the next piece, among those held. */
  position: number;
  waiting: PromiseWithResolvers<Chunk> | undefined;
  readonly whenDone: (hadAll: boolean) => void;
}

/** One reader's way through the body, from its beginning. */
export interface BodyReading {
  /** Iterated once. Throws what the source threw, after what came before. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the body for this reader, now. */
  readonly leave: () => void;
}

/** What happens to a body, told to its owner. */
export interface SharedBodyOptions {
  /** Up to so many bytes are held, as a copy that new readers can begin with. */
  readonly maxBytes: number;
  /** The source has come to its end; readers are told when this has resolved. It must not reject. */
  readonly beforeEnd: () => Promise<void>;
}

/**
 * One body for several readers, each at its own pace. The source is asked for its next piece when the first of them
 * wants it. What came is held for those that come later, up to a bound; beyond it the body cannot be joined any more,
 * and those that read it go on together: the next piece is asked for when the slowest has had the last one.
 */
export class SharedBody {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #options: SharedBodyOptions;
  readonly #readers = new Set<Reader>();
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isWhole = true;
  #isPulling = false;
  #end: 'ended' | { readonly fault: unknown } | undefined;

  constructor(source: AsyncIterable<Uint8Array>, options: SharedBodyOptions) {
    this.#source = source[Symbol.asyncIterator]();
    this.#options = options;
  }

  /** All that came so far; undefined where it was more than is held. */
  get copy(): readonly Uint8Array[] | undefined {
    return this.#isWhole ? this.#chunks : undefined;
  }

  /**
   * Adds a reader, while there is a copy to begin with.
   * @param whenDone called once: when the reader has had everything, just before it is told, or has left
   */
  read(whenDone: (hadAll: boolean) => void): BodyReading {
    const reader: Reader = { position: 0, waiting: undefined, whenDone };
    this.#readers.add(reader);
    const leave = () => this.#leave(reader);
    const next = () => this.#next(reader);
    const stop = async (): Promise<Chunk> => {
      leave();
      return DONE;
    };
    return { body: { [Symbol.asyncIterator]: () => ({ next, return: stop }) }, leave };
  }

  /** Ends the source, whoever still reads. */
  close(): void {
    // Not waited for: a source that hangs in its last piece would hang here as well, and nobody is left to be told.
    this.#source.return?.()?.catch(() => {});
  }

  #next(reader: Reader): Promise<Chunk> {
    if (!this.#readers.has(reader)) return Promise.resolve(DONE);
    reader.waiting = Promise.withResolvers();
    const { promise } = reader.waiting;
    this.#serve(reader);
    this.#pullIfAwaited();
    return promise;
  }

  /** Gives a waiting reader what there is for it. */
  #serve(reader: Reader): void {
    const { waiting } = reader;
    const chunk = this.#chunks[reader.position];
    if (waiting === undefined || (chunk === undefined && this.#end === undefined)) return;
    reader.waiting = undefined;
    if (chunk === undefined) this.#endFor(reader, waiting);
    else {
      reader.position += 1;
      waiting.resolve({ done: false, value: chunk });
    }
  }

  #endFor(reader: Reader, waiting: PromiseWithResolvers<Chunk>): void {
    this.#readers.delete(reader);
    reader.whenDone(true);
    if (typeof this.#end === 'object') waiting.reject(this.#end.fault);
    else waiting.resolve(DONE);
  }

  /** Whoever just moved on, or left, may have been the one that others waited for. */
  #pullIfAwaited(): void {
    for (const { waiting } of this.#readers) if (waiting !== undefined) return void this.#pull();
  }

  async #pull(): Promise<void> {
    if (this.#isPulling || (!this.#isWhole && this.#isSomebodyBehind())) return;
    this.#isPulling = true;
    if (!this.#isWhole) this.#dropHeld();
    try {
      const next = await this.#source.next();
      if (next.done === true) await this.#finish();
      else this.#hold(next.value);
    } catch (fault) {
      this.#end = { fault };
    }
    this.#isPulling = false;
    for (const reader of this.#readers) this.#serve(reader);
  }

  async #finish(): Promise<void> {
    await this.#options.beforeEnd();
    this.#end = 'ended';
  }

  #hold(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.maxBytes) this.#isWhole = false;
  }

  #isSomebodyBehind(): boolean {
    for (const { position } of this.#readers) if (position < this.#chunks.length) return true;
    return false;
  }

  #dropHeld(): void {
    this.#chunks = [];
    for (const reader of this.#readers) reader.position = 0;
  }

  #leave(reader: Reader): void {
    if (!this.#readers.delete(reader)) return;
    reader.waiting?.resolve(DONE);
    reader.whenDone(false);
    this.#pullIfAwaited();
  }
}

const DONE: Chunk = { done: true, value: undefined };
