import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { toErrorEvent } from '../../core/error-event.ts';
import { GeneratedSoFar } from '../../core/generated.ts';
import { type JsonObject, parseJson } from '../../core/json.ts';
import type { StreamPart } from '../../core/stream-part.ts';
import type { StreamReader } from '../../core/stream-reader.ts';
import { mergeUsage, type Usage } from '../../core/usage.ts';
import { addGenerated } from './add-generated.ts';
import type { AnswerDecoder } from './answer-decoder.ts';
import type { AnswerEncoder } from './answer-encoder.ts';

/** An event larger than this is a fault: it has to be held in memory until it is whole. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;
const DONE = 'data: [DONE]\n\n';

/** What is known of a stream before it comes. */
export interface TranslatingReaderOptions {
  /** How many choices were asked for; one unless it says otherwise. */
  readonly choices?: number;
  /** Takes what must not be told out of an error's text. */
  readonly redact?: (text: string) => string;
}

/** Translates a provider's stream of events into OpenAI's chunks, one event at a time. */
export class TranslatingReader implements StreamReader {
  finishReason: string | undefined;
  usage: Usage | undefined;
  errorCode: string | undefined;
  /** Of the same error. */
  errorMessage: string | undefined;
  done = false;
  sawToken = false;
  readonly generated = new GeneratedSoFar();
  /** Whole events only ever go out. */
  readonly isInsideEvent = false;

  readonly #decoder: AnswerDecoder;
  readonly #encoder: AnswerEncoder;
  readonly #choices: number;
  readonly #redact: (text: string) => string;
  readonly #utf8 = new TextDecoder();
  readonly #parser = createParser({
    onEvent: (event) => this.#read(event),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') this.#refuse('The provider sent an event that is too large.');
    },
    maxBufferSize: MAX_EVENT_CHARACTERS,
  });
  readonly #begun = new Set<number>();
  readonly #finished = new Set<number>();
  #sawEnd = false;
  #isEnding = false;
  #out = '';

  constructor(
    decoder: AnswerDecoder,
    encoder: AnswerEncoder,
    { choices = 1, redact = String }: TranslatingReaderOptions = {},
  ) {
    this.#decoder = decoder;
    this.#encoder = encoder;
    this.#choices = choices;
    this.#redact = redact;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.errorCode === undefined) this.#parser.feed(this.#utf8.decode(chunk, { stream: true }));
    return this.#release();
  }

  end(): Uint8Array {
    this.#isEnding = true;
    // A last event that lacks nothing but its blank line counts as an event.
    if (this.errorCode === undefined) this.#parser.feed('\n\n');
    if (this.errorCode === undefined && !this.done && this.isComplete) this.#finish();
    return this.#release();
  }

  get isComplete(): boolean {
    if (this.#decoder.hasEndEvent && !this.#sawEnd) return false;
    // A provider with an end event that ignores how many choices were asked for has ended all the same.
    const expected = this.#sawEnd ? 1 : this.#choices;
    return this.#finished.size >= expected && this.#finished.size === this.#begun.size;
  }

  #read({ data }: EventSourceMessage): void {
    if (this.errorCode !== undefined || this.done || data === '' || data === '[DONE]') return;
    const event = parseJson(data);
    if (event === undefined) {
      // At the end it is half an event: the stream was cut, which is another fault.
      if (!this.#isEnding) this.#refuse('The provider sent an event that is not JSON.');
      return;
    }
    const parts = this.#decoder.decodeEvent(event);
    for (const part of parts) this.#note(part);
    for (const chunk of this.#encoder.encodeEvent(parts)) this.#write(chunk);
    const error = parts.find((part) => part.type === 'error');
    if (error !== undefined) this.#fail(this.#redact(error.code), this.#redact(error.message));
    else if (this.#sawEnd && this.isComplete) this.#finish();
  }

  #note(part: StreamPart): void {
    if (part.type === 'response-end') this.#sawEnd = true;
    else if (part.type === 'usage') this.usage = mergeUsage(this.usage, part.usage);
    else if ('choice' in part) {
      addGenerated(this.generated, part);
      this.#begun.add(part.choice);
      if (part.type === 'finish') {
        this.finishReason = part.reason;
        this.#finished.add(part.choice);
      } else if (part.type !== 'text-start' && part.type !== 'no-output') this.sawToken = true;
    }
  }

  #finish(): void {
    for (const chunk of this.#encoder.encodeEnd()) this.#write(chunk);
    this.#out += DONE;
    this.done = true;
  }

  #refuse(message: string): void {
    this.#fail('upstream_invalid_response', message);
  }

  #fail(code: string, message: string): void {
    if (this.errorCode !== undefined) return;
    this.errorCode = code;
    this.errorMessage = message;
    this.#out += toErrorEvent({ error: { message, type: 'api_error', param: null, code } });
  }

  #write(chunk: JsonObject): void {
    this.#out += `data: ${JSON.stringify(chunk)}\n\n`;
  }

  #release(): Uint8Array {
    const bytes = Buffer.from(this.#out);
    this.#out = '';
    return bytes;
  }
}
