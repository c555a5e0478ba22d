import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { ConfigurationError } from '../core/configuration-error.ts';

/** Longer than the idle limit of common load balancers, which else send on a connection that is being closed. */
const KEEP_ALIVE_MS = 75_000;

/** The gateway's listening socket and the connections on it. */
export interface HttpListener {
  /**
   * @returns the address it listens on
   * @throws ConfigurationError where the address cannot be had
   */
  listen(host: string, port: number): Promise<string>;
  /**
   * Stops listening and waits for the running requests, then closes what is left: connections that never sent one
   * are no reason to wait.
   * @param limitMs after which whatever still runs is cut off
   * @returns how many requests were cut off
   */
  drain(limitMs: number): Promise<number>;
  /** Ends a drain at once. */
  cutOff(): void;
  isCutOff(): boolean;
}

/** Creates the listener; it listens nowhere yet. */
export function createHttpListener(handle: RequestListener): HttpListener {
  const server = createServer(handle);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const sockets = new Set<Socket>();
  const idle = Promise.withResolvers<void>();
  let running = 0;
  let draining = false;
  let cut = false;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (_request, response) => {
    running += 1;
    response.once('close', () => {
      running -= 1;
      if (draining && running === 0) idle.resolve();
    });
  });

  return {
    listen(host, port) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      server.once('error', (error) => reject(toListenError(error, host, port)));
      server.listen(port, host, () => resolve(toUrl(host, server.address())));
      return promise;
    },
    async drain(limitMs) {
      if (!server.listening) return 0;
      draining = true;
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      if (running === 0) idle.resolve();
      const limit = setTimeout(() => idle.resolve(), limitMs);
      await idle.promise;
      clearTimeout(limit);
      const left = running;
      cut = true;
      for (const socket of sockets) socket.destroy();
      await closed;
      return left;
    },
    cutOff: () => idle.resolve(),
    isCutOff: () => cut,
  };
}

function toUrl(host: string, address: ReturnType<ReturnType<typeof createServer>['address']>): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function toListenError(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new ConfigurationError([`PORT: ${port} on ${host} is in use`]);
  if (code === 'EADDRNOTAVAIL')
    return new ConfigurationError([`HOST: ${host} is no address of this machine`]);
  if (code === 'EACCES') return new ConfigurationError([`PORT: ${port} may not be listened on by this user`]);
  return error;
}
