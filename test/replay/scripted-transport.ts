import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { UpstreamRequest, UpstreamTransport } from '../../src/services/upstream-transport.ts';
import { readAll } from '../support/event-stream.ts';

/** What a scripted provider answers with. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in the pieces in which it comes in. */
  readonly chunks: Iterable<Uint8Array>;
  /** What the connection fails with behind the last piece; without it the body ends. */
  readonly fault?: Error | undefined;
}

/** A transport that answers every request in the same way, without a connection. */
export interface ScriptedTransport extends UpstreamTransport {
  /** What was sent, in order. */
  readonly requests: readonly UpstreamRequest[];
}

/** Creates it. */
export function createScriptedTransport(answer: ScriptedAnswer): ScriptedTransport {
  const requests: UpstreamRequest[] = [];
  return {
    requests,
    post: async (request) => {
      requests.push(request);
      return toResponse(answer);
    },
    get: () => Promise.reject(new Error('A provider was asked for something.')),
    fetch: () => Promise.reject(new Error('An SDK sent a request of its own.')),
    close: async () => {},
  };
}

function toResponse(answer: ScriptedAnswer): Dispatcher.ResponseData {
  return {
    statusCode: answer.status,
    statusText: '',
    headers: { ...answer.headers },
    body: new ScriptedBody(answer),
    trailers: {},
    opaque: null,
    context: {},
  };
}

/**
 * A body as undici gives it. It is a stream of objects, as a stream of bytes would put together what comes in several
 * pieces before it is read.
 */
class ScriptedBody extends Readable {
  /** Undici's types want the property that fetch has, and that no body of a request has. */
  declare readonly body: never;
  readonly bodyUsed = false;
  readonly #chunks: Iterator<Uint8Array>;
  readonly #fault: Error | undefined;

  constructor({ chunks, fault }: ScriptedAnswer) {
    super({ objectMode: true, highWaterMark: 1 });
    this.#chunks = chunks[Symbol.iterator]();
    this.#fault = fault;
  }

  override _read(): void {
    const next = this.#chunks.next();
    if (next.done !== true) this.push(Buffer.from(next.value));
    else if (this.#fault === undefined) this.push(null);
    else this.destroy(this.#fault);
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await readAll(this));
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  async text(): Promise<string> {
    return (await readAll(this)).toString('utf8');
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.bytes()]);
  }

  formData(): Promise<never> {
    return Promise.reject(new TypeError('The body is no form.'));
  }

  async dump(): Promise<void> {
    this.destroy();
  }
}
