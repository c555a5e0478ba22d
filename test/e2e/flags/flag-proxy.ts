import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** One request that went through the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  /** As sent; empty where there was none. */
  readonly body: string;
}

/** Stands between the gateway and its flag server, writes down what is asked, and meddles where it is told to. */
export interface FlagProxy {
  readonly url: string;
  /** Everything that was asked since the last `forget`, polls and their metrics included. */
  readonly requests: readonly ProxiedRequest[];
  /** Those of them that were to change something on the admin API. */
  writes(): readonly ProxiedRequest[];
  forget(): void;
  /** The next request that matches is answered by the proxy itself. */
  answerOnce(matches: (request: ProxiedRequest) => boolean, status: number): void;
  /** Is awaited before the next request that matches goes on to the server. */
  beforeNext(matches: (request: ProxiedRequest) => boolean, action: () => Promise<void>): void;
  /** Is awaited before each request that matches goes on to the server. */
  beforeEach(matches: (request: ProxiedRequest) => boolean, action: () => Promise<void>): void;
  /** Is awaited when the next request that matches has been answered by the server, before the answer goes on. */
  afterNext(matches: (request: ProxiedRequest) => boolean, action: () => Promise<void>): void;
  /** While true, every connection is cut without an answer. */
  setCut(cut: boolean): void;
  stop(): Promise<void>;
}

interface Rule {
  readonly matches: (request: ProxiedRequest) => boolean;
  readonly isOnce: boolean;
  /** Undefined lets the request go on. */
  readonly act: () => Promise<number | undefined>;
}

/** Starts it on a free loopback port. */
export async function startFlagProxy(target: string): Promise<FlagProxy> {
  const requests: ProxiedRequest[] = [];
  let rules: Rule[] = [];
  let afterwards: { readonly matches: Rule['matches']; readonly act: () => Promise<void> }[] = [];
  let cut = false;
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '' } = request;
    const body = await buffer(request);
    const seen = { method, path, body: body.toString('utf8') };
    requests.push(seen);
    const due = rules.filter((rule) => rule.matches(seen));
    rules = rules.filter((rule) => !rule.isOnce || !due.includes(rule));
    for (const rule of due) {
      const status = await rule.act();
      if (status !== undefined) {
        response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"proxy"}');
        return;
      }
    }
    if (cut) response.destroy();
    else await forward(target, request, body, response, () => finish(seen));
  };
  const finish = async (seen: ProxiedRequest) => {
    const due = afterwards.filter(({ matches }) => matches(seen));
    afterwards = afterwards.filter((each) => !due.includes(each));
    for (const { act } of due) await act();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The proxy has no port.');
  const add = (isOnce: boolean, matches: Rule['matches'], act: Rule['act']) => {
    rules.push({ isOnce, matches, act });
  };
  const letPass = (action: () => Promise<void>) => async () => {
    await action();
    return undefined;
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    writes: () => requests.filter(({ method, path }) => path.startsWith('/api/admin/') && method !== 'GET'),
    forget() {
      requests.length = 0;
      rules = [];
      afterwards = [];
      cut = false;
    },
    answerOnce: (matches, status) => add(true, matches, async () => status),
    beforeNext: (matches, action) => add(true, matches, letPass(action)),
    beforeEach: (matches, action) => add(false, matches, letPass(action)),
    afterNext: (matches, act) => afterwards.push({ matches, act }),
    setCut(now) {
      cut = now;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function forward(
  target: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  onAnswer: () => Promise<void>,
) {
  const { method, url, headers } = request;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // No connection is kept: the server's end is a part of what is tested.
  sendRequest(new URL(url ?? '/', target), { method, headers, agent: false }, resolve)
    .on('error', reject)
    .end(body);
  const answer = await promise;
  const content = await buffer(answer);
  await onAnswer();
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  response.end(content);
}
