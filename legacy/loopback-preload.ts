import { type AddressInfo, Server } from 'node:net';

/**
 * Loaded into the bundled gateway's process before the gateway itself. Portkey listens on every interface and has
 * no option for the address, and whoever reaches it can use it as an open proxy: so each `listen` in the process is
 * bound to loopback here. It also tells the parent the port that was free, and ends the process with its parent.
 */
const originalListen = Server.prototype.listen;

function listenOnLoopback(this: Server, target: unknown, ...rest: unknown[]): Server {
  this.once('listening', () => {
    const address = this.address();
    if (isPort(address)) process.send?.({ port: address.port });
  });
  for (const parameter of rest) {
    if (typeof parameter === 'function') this.once('listening', () => parameter.call(this));
  }
  const options = typeof target === 'object' && target !== null ? target : { port: Number(target ?? 0) };
  const bind: (options: object) => Server = originalListen.bind(this);
  return bind({ ...options, host: '127.0.0.1' });
}

Object.defineProperty(Server.prototype, 'listen', { value: listenOnLoopback });
process.on('disconnect', () => process.exit(0));
// A terminal and a service manager signal the whole group: the parent lets running answers finish first.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

function isPort(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
