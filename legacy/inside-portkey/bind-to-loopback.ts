import { type AddressInfo, Server } from 'node:net';

/**
 * Binds each `listen` in this process to loopback: Portkey listens on every interface and has no option for the
 * address, and whoever reaches it can use it as an open proxy. It also tells the parent the port that was free.
 */
export function bindToLoopback(): void {
  const listen = Server.prototype.listen;

  function listenOnLoopback(this: Server, target: unknown, ...rest: unknown[]): Server {
    this.once('listening', () => {
      const address = this.address();
      if (isPort(address)) process.send?.({ port: address.port });
    });
    for (const parameter of rest) {
      if (typeof parameter === 'function') this.once('listening', () => parameter.call(this));
    }
    const options = typeof target === 'object' && target !== null ? target : { port: Number(target ?? 0) };
    const bind: (options: object) => Server = listen.bind(this);
    return bind({ ...options, host: '127.0.0.1' });
  }

  Object.defineProperty(Server.prototype, 'listen', { value: listenOnLoopback });
}

function isPort(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
