import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider that answers with exactly the bytes it is told to, for what the emulator is too well-behaved for. */
export interface RawProvider {
  readonly url: string;
  /** Answers every request from now on. */
  answerWith(listener: RequestListener): void;
  close(): void;
}

/** Starts it on a free loopback port. */
export async function startRawProvider(): Promise<RawProvider> {
  let answer: RequestListener = (_request, response) => response.writeHead(500).end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answerWith(listener) {
      answer = listener;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
