import type { CompatibleProfile, ProviderType } from '../../src/core/catalog.ts';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import type { Endpoint, ProviderCall } from '../../src/core/provider-call.ts';
import { Secret } from '../../src/core/secret.ts';
import { type RecordedExchange, readExchanges } from '../support/recorded-exchange.ts';
import { indexedRecordings } from '../support/recordings.ts';
import { whyExcluded } from './exclusions.ts';
import { isBlockedPrompt } from './read-gemini.ts';
import { type Dialect, partsOf } from './recorded-answer.ts';

/** A recorded exchange, and the call of a client that leads to it. */
export interface Replay {
  readonly name: string;
  readonly exchange: RecordedExchange;
  readonly call: ProviderCall;
  readonly recorded: Dialect;
  /** The dialect that the client gets; another one than the recorded where the answer is translated. */
  readonly answered: Dialect;
  readonly kind: ReplayKind;
}

/**
 * What came of it: an answer, a document without one (vectors, a count), an error's answer, an error told inside a
 * 200, or a prompt that Gemini refuses without saying so in the status.
 */
export type ReplayKind = 'answer' | 'plain' | 'error' | 'error-event' | 'blocked-prompt';

interface Account {
  readonly type: ProviderType;
  readonly profile?: CompatibleProfile;
}

interface Target {
  readonly endpoint: Endpoint;
  readonly recorded: Dialect;
  readonly answered: Dialect;
}

const API_KEY = 'sk-of-the-replayed-account';

/** Every recorded exchange that is not excluded, with each call that can lead to it. */
export function allReplays(): Replay[] {
  return indexedRecordings()
    .flatMap(readExchanges)
    .filter((exchange) => whyExcluded(exchange) === undefined)
    .flatMap(replaysOf);
}

/** The same call by a client whose key wants Portkey's ways. */
export function underPortkey(replay: Replay): Replay {
  const { name, call } = replay;
  return {
    ...replay,
    name: `${name}, as Portkey`,
    call: { ...call, key: { ...call.key, compat: 'portkey' } },
  };
}

/** A name for an exchange: its file, and its position where that is not the first. */
export function nameOf({ file, index }: RecordedExchange): string {
  return index === 0 ? file : `${file} #${index}`;
}

function replaysOf(exchange: RecordedExchange): Replay[] {
  return targetsOf(exchange).map((target) => ({
    name: `${nameOf(exchange)} as ${target.endpoint}`,
    exchange,
    call: callFor(exchange, target),
    recorded: target.recorded,
    answered: target.answered,
    kind: kindOf(exchange, target),
  }));
}

function kindOf({ status, isStream, body }: RecordedExchange, { recorded }: Target): ReplayKind {
  if (status >= 400) return 'error';
  if (recorded === 'count' || recorded === 'embeddings' || recorded === 'gemini-embeddings') return 'plain';
  const parts = partsOf(isStream, body);
  if (isStream && parts.some(isErrorEvent)) return 'error-event';
  return recorded === 'gemini' && isBlockedPrompt(parts) ? 'blocked-prompt' : 'answer';
}

function isErrorEvent(part: unknown): boolean {
  return isJsonObject(part) && isJsonObject(part.error);
}

function accountOf({ file, host }: RecordedExchange): Account {
  if (host === 'api.openai.com') return { type: 'openai' };
  const [folder, name = ''] = file.split('/');
  if (folder === 'gemini') return { type: 'google' };
  if (folder === 'openai' || folder === 'anthropic' || folder === 'deepseek') return { type: folder };
  return { type: 'openai-compatible', ...profileOf(folder === 'azure-openai' ? folder : name.split('-')[0]) };
}

const PROFILES: readonly CompatibleProfile[] = [
  'azure-openai',
  'groq',
  'mistral',
  'xai',
  'openrouter',
  'perplexity',
  'qwen',
  'moonshot',
  'ollama',
];

/** Cerebras, Cohere and llama.cpp are compatible without a profile of their own. */
function profileOf(name: string | undefined): { readonly profile?: CompatibleProfile } {
  const profile = PROFILES.find((known) => known === name);
  return profile === undefined ? {} : { profile };
}

/** Where it is answered in another dialect a client may ask for it in OpenAI's or in its own. */
function targetsOf(exchange: RecordedExchange): Target[] {
  const { type } = accountOf(exchange);
  if (type === 'google') return [geminiTarget(exchange)];
  if (type !== 'anthropic') return [openAITarget(exchange)];
  if (exchange.path?.endsWith('/count_tokens')) {
    return [{ endpoint: 'messages.count_tokens', recorded: 'count', answered: 'count' }];
  }
  return [
    { endpoint: 'chat.completions', recorded: 'messages', answered: 'chat' },
    { endpoint: 'messages', recorded: 'messages', answered: 'messages' },
  ];
}

function geminiTarget({ path = '' }: RecordedExchange): Target {
  return path.endsWith(':batchEmbedContents')
    ? { endpoint: 'embeddings', recorded: 'gemini-embeddings', answered: 'embeddings' }
    : { endpoint: 'chat.completions', recorded: 'gemini', answered: 'chat' };
}

function openAITarget({ path, file }: RecordedExchange): Target {
  const relayed = (endpoint: Endpoint, dialect: Dialect): Target => ({
    endpoint,
    recorded: dialect,
    answered: dialect,
  });
  if (path?.endsWith('/responses') || /\/responses-/.test(file)) return relayed('responses', 'responses');
  if (path?.endsWith('/embeddings')) return relayed('embeddings', 'embeddings');
  if (path?.endsWith('/v1/completions')) return relayed('completions', 'chat');
  return relayed('chat.completions', 'chat');
}

function callFor(exchange: RecordedExchange, { endpoint, recorded, answered }: Target): ProviderCall {
  const body = recorded === answered ? exchange.request : undefined;
  return {
    requestId: 'request-of-the-replay',
    drawId: 'request-of-the-replay',
    endpoint,
    upstreamPath: `/${endpoint.replace('.', '/')}`,
    stream: exchange.isStream,
    body: body ?? plainRequest(exchange, endpoint),
    form: undefined,
    model: 'replayed',
    key: { id: 'key', path: 'litellm', compat: 'openai' },
    withholdUsage: false,
    provider: {
      id: 'replayed',
      ...accountOf(exchange),
      baseUrl: 'https://provider.example/v1',
      baseUrlIsExplicit: true,
      apiKey: new Secret(API_KEY),
    },
    // Each exchange was recorded once.
    limits: { maxRetries: 0 },
    headers: {},
  };
}

/** What a client asks where the recording does not say, or says it in another dialect. */
function plainRequest({ isStream, request }: RecordedExchange, endpoint: Endpoint): JsonObject {
  const model = 'replayed-model';
  if (endpoint === 'embeddings') return { model, input: textsOf(request) };
  if (endpoint === 'responses') return { model, input: 'Hello', stream: isStream };
  const messages = [{ role: 'user', content: 'Hello' }];
  if (endpoint === 'messages') return { model, messages, max_tokens: 100, stream: isStream };
  return isStream
    ? { model, messages, stream: true, stream_options: { include_usage: true } }
    : { model, messages };
}

/** One text for each that Gemini was asked to embed: as many vectors came. */
function textsOf(request: JsonObject = {}): string[] {
  const { requests } = request;
  return Array.isArray(requests) ? requests.map((_, index) => `text ${index}`) : [];
}
