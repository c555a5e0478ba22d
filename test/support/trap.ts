import { startRawProvider } from './raw-provider.ts';

/** What the trap says: nobody outside is ever to read it. */
export const TRAP_SECRET = 'secret-of-the-inner-network';

/** A server on loopback that nothing is to ask. It would answer as any provider does. */
export interface Trap {
  readonly url: string;
  readonly port: string;
  /** What it was asked since it was looked into last, in the order in which it came. */
  takeAsked(): readonly string[];
  close(): void;
}

/** Starts it on a free port. */
export async function startTrap(): Promise<Trap> {
  const server = await startRawProvider();
  const asked: string[] = [];
  server.answerWith((request, response) => {
    request.resume();
    asked.push(`${request.method} ${request.headers.host}${request.url}`);
    const message = { role: 'assistant', content: TRAP_SECRET };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'chat.completion', choices, data: [{ id: TRAP_SECRET }] }));
  });
  const { url, close } = server;
  return { url, port: new URL(url).port, takeAsked: () => asked.splice(0), close };
}
