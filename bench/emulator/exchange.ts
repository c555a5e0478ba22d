import type { ServerResponse } from 'node:http';
import type { RecordedRequest } from './request-log.ts';

/**
 * One request being answered. It owns the request's only timer, so that nothing of the request goes on
 * once the client is gone.
 */
export interface Exchange {
  readonly response: ServerResponse;
  /** The connection is closed; there is nobody left to write to. */
  readonly isOver: boolean;
  /** Resolves after the time, or at once when the exchange is over. */
  wait(milliseconds: number): Promise<void>;
  /** Resolves when what was written so far (the headers at least) has left the process, or the exchange is over. */
  flushed(): Promise<void>;
  /** Ends the connection: with a reset, or with a plain close of the connection. */
  cut(how: 'reset' | 'close'): void;
}

/**
 * Follows the answer to its end and notes in the record how it ended.
 *
 * @param isStopping whether the emulator itself is closing its connections
 */
export function createExchange(
  response: ServerResponse,
  record: RecordedRequest,
  isStopping: () => boolean,
): Exchange {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let wake: (() => void) | undefined;

  // A write can cross the client's leaving on the way; the close that follows tells all there is to tell.
  response.on('error', () => {});
  response.once('close', () => {
    isOver = true;
    clearTimeout(timer);
    noteEnd(response, record, isStopping());
    wake?.();
  });

  function untilWoken(start: (resolve: () => void) => void): Promise<void> {
    if (isOver) return Promise.resolve();
    return new Promise((resolve) => {
      wake = resolve;
      start(resolve);
    });
  }

  return {
    response,
    get isOver() {
      return isOver;
    },
    wait: (milliseconds) =>
      untilWoken((resolve) => {
        timer = setTimeout(resolve, milliseconds);
      }),
    flushed: () => untilWoken((resolve) => response.write('', resolve)),
    cut(how) {
      record.finishedAt = Date.now();
      if (how === 'reset') response.socket?.resetAndDestroy();
      else response.destroy();
    },
  };
}

function noteEnd(response: ServerResponse, record: RecordedRequest, isStopping: boolean): void {
  if (record.finishedAt !== undefined || isStopping) return;
  if (response.writableFinished) record.finishedAt = Date.now();
  else record.closedByClientAt = Date.now();
}
