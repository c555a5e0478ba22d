import { connect, type Socket } from 'node:net';
import { until } from './test-emulator.ts';

/** A client that sees every byte, and how the connection ends. */
export interface RawClient {
  readonly socket: Socket;
  /** All that has come so far. */
  readonly received: string;
  /** The code of the connection's error, `closed` after a plain close, undefined while it is open. */
  readonly end: string | undefined;
  /** Waits until that many server-sent events are there. */
  events(count: number): Promise<void>;
  /** Waits for the end of the connection. */
  ended(): Promise<string>;
}

/** Opens a connection to the emulator at that URL and posts a chat request over it. */
export function postRaw(url: string, body: unknown): RawClient {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  let end: string | undefined;
  socket.on('data', (chunk) => {
    received += chunk.toString('utf8');
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code;
  });
  socket.on('close', () => {
    end ??= 'closed';
  });
  socket.write(rawRequest(JSON.stringify(body)));
  return {
    socket,
    get received() {
      return received;
    },
    get end() {
      return end;
    },
    events: (count) =>
      until(() => {
        const found = received.split('data: ').length - 1;
        if (found < count) throw new Error(`${found} of ${count} events`);
      }),
    ended: () =>
      until(() => {
        if (end === undefined) throw new Error('The connection is still open.');
        return end;
      }),
  };
}

function rawRequest(body: string): string {
  return [
    'POST /v1/chat/completions HTTP/1.1',
    'Host: emulator',
    'Authorization: Bearer test-key',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
