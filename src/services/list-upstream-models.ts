import { apiBaseUrl, type ProfiledProvider, profileOf } from '../config/provider-mapping.ts';
import { isJsonObject, parseJson } from '../core/json.ts';
import { tooLate } from '../core/limit-waits.ts';
import { readWhole } from '../core/read-whole.ts';
import type { Secret } from '../core/secret.ts';
import { toUpstreamFault, type UpstreamTransport } from './upstream-transport.ts';

/** OpenRouter's list, the longest known, has about one MiB. */
const LIMITS = { timeMs: 10_000, bytes: 8 * 1024 * 1024 };
const MAX_MODELS = 5_000;
/** One page holds every provider's list. */
const PAGE_QUERY: Readonly<Record<string, string>> = { anthropic: '?limit=1000', google: '?pageSize=1000' };

/** An account to be asked. */
export interface AskedProvider extends ProfiledProvider {
  readonly baseUrl: string | undefined;
  readonly apiKey: Secret;
}

/** What a provider answered: its status, and the identifiers of its models where it listed them. */
export interface UpstreamModels {
  readonly status: number;
  /** Undefined where the answer is no list; of an answer that is none, no text is given on. */
  readonly models: readonly string[] | undefined;
}

/**
 * Asks a provider which models it has. It proves address and key without costing anything.
 * @param limits how long the whole answer may take, in milliseconds, and how long it may be, in bytes
 * @throws GatewayError where no answer came, or one that is too large
 */
export async function listUpstreamModels(
  provider: AskedProvider,
  transport: Pick<UpstreamTransport, 'get'>,
  limits: typeof LIMITS = LIMITS,
): Promise<UpstreamModels> {
  const signal = AbortSignal.timeout(limits.timeMs);
  const url = new URL(`${apiBaseUrl(provider, provider.baseUrl)}/models${PAGE_QUERY[provider.type] ?? ''}`);
  const { origin, pathname, search } = url;
  try {
    const answer = await transport.get({
      origin,
      path: `${pathname}${search}`,
      headers: authHeaders(provider),
      signal,
    });
    const text = (await readWhole(answer.body, limits.bytes)).toString('utf8');
    return {
      status: answer.statusCode,
      models: answer.statusCode === 200 ? readNames(parseJson(text)) : undefined,
    };
  } catch (error) {
    throw signal.aborted ? tooLate() : toUpstreamFault(error, false);
  }
}

function authHeaders(provider: AskedProvider): Record<string, string> {
  const key = provider.apiKey.reveal();
  const accept = { accept: 'application/json' };
  if (key === '') return accept;
  if (provider.type === 'anthropic') {
    return { ...accept, 'x-api-key': key, 'anthropic-version': '2023-06-01' };
  }
  if (provider.type === 'google') return { ...accept, 'x-goog-api-key': key };
  if (profileOf(provider).auth === 'api-key') return { ...accept, 'api-key': key };
  return { ...accept, authorization: `Bearer ${key}` };
}

/** OpenAI and Anthropic have `data`, Gemini has `models`, and Together gives the list itself. */
function readNames(answer: unknown): readonly string[] | undefined {
  const list = isJsonObject(answer) ? (answer.data ?? answer.models) : answer;
  if (!Array.isArray(list)) return undefined;
  const names = list.flatMap((entry: unknown) => {
    if (!isJsonObject(entry)) return [];
    const name = entry.id ?? entry.name;
    return typeof name === 'string' ? [name.replace(/^models\//, '')] : [];
  });
  return names.slice(0, MAX_MODELS);
}
