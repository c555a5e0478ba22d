import { createServer, type RequestListener } from 'node:http';
import { onTestFinished } from 'vitest';

/** A real HTTP server on a free loopback port, closed with all its connections when the test is over. */
export async function startLocalServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    server.closeAllConnections();
    await promise;
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.');
  return `http://127.0.0.1:${address.port}`;
}
