import { type ErrorCode, GatewayError } from '../../core/gateway-error.ts';
import { parseJson } from '../../core/json.ts';
import { tooLate } from '../../core/limit-waits.ts';
import { readWhole } from '../../core/read-whole.ts';
import { toUpstreamFault, type UpstreamTransport } from '../upstream-transport.ts';
import { refusedListUrl } from './check-list-url.ts';
import { type PriceList, readPriceList } from './read-price-list.ts';

/** LiteLLM's list has three and a half MiB. */
const LIMITS = { timeMs: 30_000, bytes: 16 * 1024 * 1024 };

const FAULTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  upstream_address_refused: 'is at a loopback or private address',
  upstream_invalid_response: 'is too large',
  upstream_interrupted: 'broke off',
  upstream_timeout: 'did not come in time',
};

interface FetchOptions {
  readonly transport: Pick<UpstreamTransport, 'get'>;
  readonly allowPrivateUpstreams: boolean;
  /** Ends it before its time. */
  readonly signal?: AbortSignal | undefined;
  /** How long the whole answer may take, in milliseconds, and how long it may be, in bytes. */
  readonly limits?: typeof LIMITS | undefined;
}

/**
 * Fetches a list of prices. The address is checked as a provider's is, and no redirect is followed.
 * @throws GatewayError one of the upstream's codes, with a message that tells no more of the answer than its status
 */
export async function fetchPriceList(url: string, options: FetchOptions): Promise<PriceList> {
  const { status, text } = await download(url, options);
  if (status >= 300 && status < 400) {
    throw unusable(`was answered with a redirect (status ${status}), which is not followed`);
  }
  if (status !== 200) throw unusable(`was answered with status ${status}`);
  const list = await readPriceList(parseJson(text));
  if (list === undefined) throw unusable('is no list of models');
  return list;
}

async function download(url: string, options: FetchOptions): Promise<{ status: number; text: string }> {
  const { transport, allowPrivateUpstreams, signal, limits = LIMITS } = options;
  const refused = refusedListUrl(url, allowPrivateUpstreams);
  if (refused !== undefined) throw fault('upstream_address_refused', refused);
  const late = AbortSignal.timeout(limits.timeMs);
  const { origin, pathname, search } = new URL(url);
  let isAnswering = false;
  try {
    const answer = await transport.get({
      origin,
      path: `${pathname}${search}`,
      headers: { accept: 'application/json' },
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    });
    isAnswering = true;
    const body = await readWhole(answer.body, limits.bytes);
    return { status: answer.statusCode, text: body.toString('utf8') };
  } catch (error) {
    const { code } = late.aborted ? tooLate() : toUpstreamFault(error, isAnswering);
    throw fault(code, FAULTS[code] ?? 'could not be fetched', error);
  }
}

function unusable(what: string): GatewayError {
  return fault('upstream_invalid_response', what);
}

function fault(code: ErrorCode, what: string, cause?: unknown): GatewayError {
  return new GatewayError(code, `The list of prices ${what}.`, { cause });
}
