import { createClient, RESP_TYPES } from 'redis';
import type { Logger } from '../core/logger.ts';
import type { PartState } from '../core/part-state.ts';
import { createRareWarning } from '../core/rare-warning.ts';
import type { Secret } from '../core/secret.ts';
import { waitAtMost } from '../core/wait-at-most.ts';

/** How long Redis is left alone after it took too long. */
const PAUSE_MS = 1_000;
/** A connection that is silent for so long is given up. It is asked for a sign of life more often than that. */
const SILENT_MS = 5_000;
const PING_MS = 2_000;
const FIRST_RECONNECT_MS = 50;
const LAST_RECONNECT_MS = 2_000;
const MAX_QUEUED = 1_000;

type Client = ReturnType<typeof createBufferClient>;

/** A connection to a Redis that may be slow or away, without anybody waiting for it for long. */
export class RedisConnection {
  readonly #client: Client;
  readonly #name: string;
  /** Says what went wrong, at most once a minute whatever goes wrong. */
  readonly warn: (err: unknown) => void;
  #status: PartState['status'] = 'starting';
  #pausedUntil = 0;
  /**
   * Commands that ran out of time and are not answered yet. While there are any, nothing more is sent: the connection
   * either answers after all, or falls silent and is given up.
   */
  #unanswered = 0;

  /**
   * Makes it; nothing is connected before `connect`.
   * @param url with its credentials
   * @param name of the part that this connection is: each one can be away by itself
   */
  constructor(url: Secret, logger: Logger, name = 'redis') {
    this.#name = name;
    this.warn = createRareWarning(logger, 'Redis fails: requests go on without it', () => performance.now());
    this.#client = createBufferClient(url);
    this.#client.on('error', (err) => this.#fail(err));
    for (const sign of ['ready', 'ping-interval']) this.#client.on(sign, () => this.#recover());
  }

  state(): PartState {
    return { name: this.#name, status: this.#status };
  }

  /** Begins to connect, again and again; does not wait for it. */
  connect(): void {
    // It goes on trying by itself, and rejects when it is closed meanwhile.
    this.#client.connect().catch((err: unknown) => this.#fail(err));
  }

  /**
   * Sends a command, unless Redis is away or has just been slow.
   * @param waitMs how long to wait for the answer, in milliseconds
   * @returns the answer; undefined where there is none in time. Never rejects.
   */
  async ask<T>(command: (client: Client) => Promise<T>, waitMs: number): Promise<T | undefined> {
    if (!this.#isUsable()) return undefined;
    const answer = command(this.#client);
    try {
      const result = await waitAtMost(
        answer,
        waitMs,
        () => new LateError(`Redis did not answer within ${waitMs} ms.`),
      );
      this.#recover();
      return result;
    } catch (err) {
      if (err instanceof LateError) this.#pauseFor(answer);
      this.#fail(err);
      return undefined;
    }
  }

  /** Ends it at once. */
  close(): void {
    this.#status = 'stopped';
    this.#client.destroy();
  }

  #isUsable(): boolean {
    return this.#client.isReady && this.#unanswered === 0 && performance.now() >= this.#pausedUntil;
  }

  #pauseFor(late: Promise<unknown>): void {
    this.#pausedUntil = performance.now() + PAUSE_MS;
    this.#unanswered += 1;
    const settle = () => {
      this.#unanswered -= 1;
    };
    late.then(settle, settle);
  }

  #recover(): void {
    if (this.#status !== 'stopped') this.#status = 'up';
  }

  #fail(err: unknown): void {
    if (this.#status === 'stopped') return;
    this.#status = 'down';
    this.warn(err);
  }
}

/** A client that gives stored values as bytes, and holds on to nothing while it is not connected. */
function createBufferClient(url: Secret) {
  return createClient({
    url: url.reveal(),
    // Every server and proxy speaks it.
    RESP: 2,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUED,
    // The client's own limit ends where a command is written, and costs a timer for each.
    commandOptions: { timeout: 0 },
    pingInterval: PING_MS,
    socket: {
      socketTimeout: SILENT_MS,
      reconnectStrategy: (retries) => Math.min(FIRST_RECONNECT_MS * 2 ** retries, LAST_RECONNECT_MS),
    },
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
}

class LateError extends Error {
  override readonly name = 'LateError';
}
