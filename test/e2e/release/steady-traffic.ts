import { MODEL } from '../../support/emulated-gateway.ts';

/** What became of the requests of some clients. */
export interface SteadyTraffic {
  /** How many answers there were, by status; 0 where there was none. */
  readonly answers: ReadonlyMap<number, number>;
  /** Of those that were answered, how many by which path and reason. */
  readonly routes: ReadonlyMap<string, number>;
  /** Ends it, and waits for what runs. */
  stop(): Promise<void>;
}

/**
 * Clients that ask one request after the other, whole and as streams in turn, until they are stopped.
 * @param contentOf what is asked, by a number that grows with each request of a client
 */
export function startTraffic(
  gateway: { readonly url: string },
  keys: readonly string[],
  clients: number,
  contentOf: (turn: number) => string = () => 'Hello',
): SteadyTraffic {
  const answers = new Map<number, number>();
  const routes = new Map<string, number>();
  let isStopped = false;
  const count = (counts: Map<string | number, number>, name: string | number) =>
    counts.set(name, (counts.get(name) ?? 0) + 1);

  const ask = async (key: string, turn: number) => {
    const stream = turn % 2 === 0;
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, stream, messages: [{ role: 'user', content: contentOf(turn) }] }),
    });
    // A stream that is cut off ends without its end, and not with an error of the connection.
    await response.text();
    count(answers, response.status);
    const { headers } = response;
    count(routes, `${headers.get('x-gateway-path')} ${headers.get('x-gateway-reason')}`);
  };
  const run = async (client: number) => {
    for (let turn = client; !isStopped; turn += 1) {
      const key = keys[turn % keys.length] ?? '';
      await ask(key, turn).catch(() => count(answers, 0));
    }
  };
  const running = Array.from({ length: clients }, (_, client) => run(client));
  return {
    answers,
    routes,
    async stop() {
      isStopped = true;
      await Promise.all(running);
    },
  };
}
