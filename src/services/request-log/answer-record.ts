/** What one answer may come to while it is recorded, in bytes: a stream has much more than its text. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** The bytes that all answers may hold that are being recorded at the same time. */
export interface RecordingRoom {
  /** Takes so many bytes; false where there is no room for them. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

/** Creates room for so many bytes. */
export function createRecordingRoom(maxBytes: number): RecordingRoom {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > maxBytes) return false;
      taken += bytes;
      return true;
    },
    giveBack(bytes) {
      taken -= bytes;
    },
  };
}

/** The beginning of an answer as the client got it, as far as there is room for it. */
export class AnswerRecord {
  readonly #room: RecordingRoom;
  #chunks: Uint8Array[] = [];
  #held = 0;
  #length = 0;
  #isReleased = false;

  constructor(room: RecordingRoom) {
    this.#room = room;
  }

  /** Bytes of the whole answer so far. */
  get length(): number {
    return this.#length;
  }

  /** Whether the beginning is all of it. */
  get isWhole(): boolean {
    return this.#held === this.#length;
  }

  /** Takes the next bytes that go to the client; once some had no room, none that follow are held. */
  add(bytes: Uint8Array): void {
    const hasRoom = this.isWhole && this.#held + bytes.length <= MAX_ANSWER_BYTES;
    this.#length += bytes.length;
    if (this.#isReleased || !hasRoom || !this.#room.take(bytes.length)) return;
    this.#chunks.push(bytes);
    this.#held += bytes.length;
  }

  /** Ends the recording: gives what is held, and its room back. */
  release(): Buffer {
    this.#isReleased = true;
    const bytes = Buffer.concat(this.#chunks, this.#held);
    this.#room.giveBack(this.#held);
    this.#chunks = [];
    this.#held = 0;
    return bytes;
  }
}
