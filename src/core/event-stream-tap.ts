import type { AnswerDialect } from './answer-dialect.ts';
import type { AnswerFacts } from './answer-reading.ts';
import { GeneratedSoFar } from './generated.ts';
import { HeldBytes } from './held-bytes.ts';
import { isJsonObject, type JsonObject, parseJson } from './json.ts';
import type { StreamReader } from './stream-reader.ts';
import { mergeUsage, type Usage } from './usage.ts';

/** An event larger than this passes uninspected, so that a stream never holds more than this in memory. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** What of a blank line can stand before its last byte. */
const LONGEST_BLANK_LINE = 3;
const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** How a stream is read along. */
export interface TapOptions {
  /** How the events are read. */
  readonly dialect: AnswerDialect;
  /** How many choices were asked for. */
  readonly choices: number;
  /** Whether the frame with usage and no choice is kept back. */
  readonly withholdUsage: boolean;
  /** Whether what follows an error event is kept back. */
  readonly endsAtError: boolean;
  /** Takes what must not be told out of an error event's data; gives the same object where there is nothing. */
  readonly redact?: ((data: JsonObject) => JsonObject) | undefined;
  /** The same for events that are no JSON object: proxies tell of a fault in words of their own. */
  readonly redactText?: ((text: string) => string) | undefined;
}

/**
 * Reads along while a server-sent-event stream is relayed, byte for byte, and releases whole events only, so that
 * an error event put behind them is never glued to half an event.
 */
export class EventStreamTap implements StreamReader {
  /** The finish reason of the choice that finished last. */
  finishReason: string | undefined;
  usage: Usage | undefined;
  /** Code of the first error event. */
  errorCode: string | undefined;
  /** Of a response that the provider may keep. */
  responseId: string | undefined;
  /** Whether the end marker has passed: `[DONE]`, or the dialect's own end event. */
  done = false;
  sawToken = false;
  readonly generated = new GeneratedSoFar();

  readonly #seen = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #options: TapOptions;
  readonly #held = new HeldBytes();
  /** How much of what is held has been searched for the end of an event. */
  #searched = 0;
  /** The beginning of the current event went out uninspected. */
  #insideOversized = false;

  constructor(options: TapOptions) {
    this.#options = options;
  }

  /** Takes the next bytes of the stream, split anywhere, and gives those that may go to the client now. */
  push(chunk: Uint8Array): Uint8Array {
    const data = this.#held.join(asBuffer(chunk));
    const kept: Buffer[] = [];
    let eventStart = 0;
    let keptFrom = 0;
    for (let feed = data.indexOf(LINE_FEED, this.#searched); feed !== -1; ) {
      const eventEnd = endOfBlankLine(data, feed);
      if (eventEnd === -1) {
        feed = data.indexOf(LINE_FEED, feed + 1);
        continue;
      }
      const event = data.subarray(eventStart, eventEnd);
      const passed = this.#inspect(event);
      if (passed !== event) {
        kept.push(data.subarray(keptFrom, eventStart), passed);
        keptFrom = eventEnd;
      }
      eventStart = eventEnd;
      feed = data.indexOf(LINE_FEED, eventEnd);
    }
    this.#hold(data.subarray(eventStart));
    const rest = data.subarray(keptFrom, data.length - this.#held.length);
    return kept.length === 0 ? rest : Buffer.concat([...kept, rest]);
  }

  /**
   * Ends the reading. A last event without its blank line counts as an event where it is complete in itself.
   * @returns the bytes still held back
   */
  end(): Uint8Array {
    const rest = this.#held.take();
    return rest.length === 0 || this.#insideOversized ? rest : this.#inspect(rest);
  }

  /** A provider that ignores how many choices were asked for, and says that it has ended, has ended. */
  get isComplete(): boolean {
    const expected = this.done ? 1 : this.#options.choices;
    return this.#finished.size >= expected && this.#finished.size === this.#seen.size;
  }

  /** True when the client has the beginning of an event whose end never came. */
  get isInsideEvent(): boolean {
    return this.#insideOversized;
  }

  #hold(rest: Buffer): void {
    if (rest.length > MAX_HELD_BYTES) {
      this.#insideOversized = true;
      // A blank line may have begun: its bytes are kept, so that the event's end is found.
      this.#held.keep(rest.subarray(rest.length - LONGEST_BLANK_LINE));
      this.#searched = 0;
      return;
    }
    this.#held.keep(rest);
    // The blank line's first two bytes may be here and its last in the next chunk.
    this.#searched = Math.max(0, rest.length - 2);
  }

  /** What of an event goes to the client: itself, nothing, or what may be told of it. */
  #inspect(event: Buffer): Buffer {
    if (this.#options.endsAtError && this.errorCode !== undefined) return NOTHING;
    if (this.#insideOversized) {
      this.#insideOversized = false;
      return event;
    }
    const data = dataOf(event);
    if (data === '') return this.#withoutSecrets(event);
    if (data === '[DONE]') {
      this.done = true;
      return event;
    }
    const answer = parseJson(data);
    // Any other event says nothing to us; the client gets it as the provider sent it.
    return isJsonObject(answer) ? this.#read(event, answer) : this.#withoutSecrets(event);
  }

  #withoutSecrets(event: Buffer): Buffer {
    const text = event.toString('utf8');
    const told = this.#options.redactText?.(text) ?? text;
    return told === text ? event : Buffer.from(told);
  }

  #read(event: Buffer, answer: JsonObject): Buffer {
    const { dialect, withholdUsage, redact } = this.#options;
    const facts = dialect.read(answer);
    if (facts.errorCode !== undefined && redact !== undefined) {
      const told = redact(answer);
      this.#remember(dialect.read(told));
      return told === answer ? event : withData(event, told);
    }
    this.#remember(facts);
    return withholdUsage && facts.isUsageFrame ? NOTHING : event;
  }

  #remember(facts: AnswerFacts): void {
    this.finishReason = facts.finishReason ?? this.finishReason;
    for (const index of facts.choices) this.#seen.add(index);
    for (const index of facts.finishedChoices) this.#finished.add(index);
    this.errorCode ??= facts.errorCode;
    this.responseId ??= facts.responseId;
    this.done ||= facts.isEnd;
    this.sawToken ||= facts.hasToken;
    facts.texts.forEach((text, position) => {
      this.generated.add(facts.choices[position] ?? 0, text);
    });
    this.generated.addCalls(facts.calls);
    this.usage = mergeUsage(this.usage, facts.usage);
  }
}

/** Whether the bytes are an event that lacks nothing but its blank line. */
export function isWholeEvent(bytes: Uint8Array): boolean {
  const data = dataOf(asBuffer(bytes));
  return data === '' || data === '[DONE]' || parseJson(data) !== undefined;
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** Offset behind the blank line that begins with the line feed at `feed`; -1 where the next line is not blank. */
function endOfBlankLine(data: Buffer, feed: number): number {
  if (data[feed + 1] === LINE_FEED) return feed + 2;
  return data[feed + 1] === CARRIAGE_RETURN && data[feed + 2] === LINE_FEED ? feed + 3 : -1;
}

const LINE_END = /\r\n|\n|\r/;

/** The event's data lines joined as the specification says (WHATWG HTML, 9.2.6), without the end of the last. */
function dataOf(event: Buffer): string {
  const lines = event
    .toString('utf8')
    .split(LINE_END)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5));
  return lines.join('\n').trim();
}

/** The event with other data, in one line, behind its name and whatever else it has. */
function withData(event: Buffer, data: JsonObject): Buffer {
  const others = event
    .toString('utf8')
    .split(LINE_END)
    .filter((line) => line !== '' && !line.startsWith('data:'));
  return Buffer.from([...others, `data: ${JSON.stringify(data)}`, '', ''].join('\n'));
}
