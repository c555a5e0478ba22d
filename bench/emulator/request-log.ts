import type { IncomingMessage } from 'node:http';

/** One request as it arrived. Times are epoch milliseconds. */
export interface RecordedRequest {
  id: number;
  method: string;
  /** With the query string. */
  path: string;
  headers: Record<string, string | string[]>;
  /** Names and values in turn, in the order and case they came in. */
  rawHeaders: string[];
  /** The parsed JSON, the fields of a form in their order, or the text when it is neither. */
  body: unknown;
  receivedAt: number;
  /** When the client's connection closed before the answer was finished. */
  closedByClientAt: number | undefined;
  /** When the answer was over: handed to the system whole, or cut by a directive. */
  finishedAt: number | undefined;
}

/** The last requests, oldest first, in one array that stays the same object. */
export interface RequestLog {
  readonly requests: readonly RecordedRequest[];
  /** A record of a request whose body is still to come; it is not in the log yet. */
  open(request: IncomingMessage): RecordedRequest;
  add(record: RecordedRequest): void;
  clear(): void;
}

/** Keeps at most `limit` requests and forgets the oldest first. */
export function createRequestLog(limit: number): RequestLog {
  const requests: RecordedRequest[] = [];
  let lastId = 0;
  return {
    requests,
    open: (request) => openRecord(++lastId, request),
    add(record) {
      requests.push(record);
      if (requests.length > limit) requests.shift();
    },
    clear() {
      requests.length = 0;
    },
  };
}

function openRecord(id: number, request: IncomingMessage): RecordedRequest {
  return {
    id,
    method: request.method ?? '',
    path: request.url ?? '',
    // Node's type admits undefined values so that a name can be looked up; none is ever stored.
    headers: request.headers as Record<string, string | string[]>,
    rawHeaders: request.rawHeaders,
    body: undefined,
    receivedAt: Date.now(),
    closedByClientAt: undefined,
    finishedAt: undefined,
  };
}
