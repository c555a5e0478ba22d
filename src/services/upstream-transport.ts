import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher, errors, fetch as undiciFetch } from 'undici';
import type { UpstreamLimits } from '../config/settings.ts';
import { GatewayError } from '../core/gateway-error.ts';
import { isPrivateAddress } from '../core/private-address.ts';

/** One POST to a provider. */
export interface UpstreamRequest {
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
}

/** One GET to a provider. */
export type UpstreamQuestion = Omit<UpstreamRequest, 'body'>;

/** Connections to providers. It follows no redirect and checks every address it connects to. */
export interface UpstreamTransport {
  /**
   * Sends the request and resolves with the answer's head; its body must be read to the end or destroyed.
   * @throws GatewayError by `toUpstreamFault`
   */
  post(request: UpstreamRequest): Promise<Dispatcher.ResponseData>;
  /** The same with a GET. */
  get(request: UpstreamQuestion): Promise<Dispatcher.ResponseData>;
  /** For the SDKs' own requests, over the same connections. */
  readonly fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

class AddressRefusedError extends Error {}

/** Creates the connections' pool. The caller closes it. */
export function createUpstreamTransport(limits: UpstreamLimits, allowPrivate: boolean): UpstreamTransport {
  const agent = new Agent({
    connect: createConnector(limits.connectMs, allowPrivate),
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.idleMs,
  });
  const send = async (options: Dispatcher.RequestOptions) => {
    try {
      return await agent.request(options);
    } catch (error) {
      throw toUpstreamFault(error, false);
    }
  };
  return {
    post: ({ origin, path, headers, body, signal }) =>
      send({ origin, path, method: 'POST', headers, body, signal }),
    get: ({ origin, path, headers, signal }) => send({ origin, path, method: 'GET', headers, signal }),
    fetch: ((input: string, init: object) =>
      undiciFetch(input, {
        ...init,
        dispatcher: agent,
        redirect: 'error',
      })) as unknown as typeof globalThis.fetch,
    close: () => agent.destroy(),
  };
}

/**
 * What a failed connection, request or body means, in the error table's terms. The cause keeps the detail.
 * @param answering whether the provider had begun to answer
 */
export function toUpstreamFault(error: unknown, answering: boolean): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof AddressRefusedError) {
    return new GatewayError('upstream_address_refused', 'The provider has a private address.', {
      cause: error,
    });
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new GatewayError('client_closed_request', 'The client closed the request.', { cause: error });
  }
  if (isTimeout(error)) {
    return new GatewayError('upstream_timeout', 'The provider did not answer in time.', { cause: error });
  }
  return answering
    ? new GatewayError('upstream_interrupted', 'The provider closed the connection.', { cause: error })
    : new GatewayError('upstream_unreachable', 'The provider could not be reached.', { cause: error });
}

function isTimeout(error: unknown): boolean {
  return (
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError
  );
}

/** Checks every address before it is connected to; those written as numbers never reach the lookup. */
function createConnector(timeout: number, allowPrivate: boolean): buildConnector.connector {
  if (allowPrivate) return buildConnector({ timeout });
  const connect = buildConnector({ timeout, lookup: lookupPublic });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) === 0 || !isPrivateAddress(host)) return connect(options, callback);
    callback(new AddressRefusedError(host), null);
  };
}

/** Resolves a name as the system does and refuses it where any of its addresses is private. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) return callback(error ?? new Error('no address'), '');
    if (addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(new AddressRefusedError(hostname), '');
    }
    if (options.all === true) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};
