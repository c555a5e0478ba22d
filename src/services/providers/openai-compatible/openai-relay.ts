import { isJsonObject } from '../../../core/json.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Endpoint, ProviderCall } from '../../../core/provider-call.ts';
import type { Reply } from '../../../core/request-path.ts';
import { toPortkeyErrorAnswer } from '../../error-answer.ts';
import { logDroppedFields } from '../../log-dropped-fields.ts';
import { relayCall } from '../../relay-call.ts';
import type { ErrorWriting } from '../../upstream-answer.ts';
import type { UpstreamTransport } from '../../upstream-transport.ts';
import { toOpenAIRequest } from './openai-request.ts';
import type { OpenAIUpstream } from './openai-upstream.ts';
import { toPortkeyRequest } from './portkey-request.ts';

/** Portkey's name for the dialect. */
const DIALECT = 'openai';
/** Endpoints whose errors Portkey passes on as they are. */
const PLAIN_ERRORS: ReadonlySet<Endpoint> = new Set([
  'embeddings',
  'moderations',
  'images.edits',
  'images.variations',
]);

export interface RelayDependencies {
  readonly transport: UpstreamTransport;
  readonly logger: Logger;
}

/**
 * Carries a call to a provider of the OpenAI dialect and relays its answer.
 * @throws GatewayError for faults before the first byte that are no answer of the provider
 */
export async function relayOpenAI(
  call: ProviderCall,
  upstream: OpenAIUpstream,
  { transport, logger }: RelayDependencies,
  signal: AbortSignal,
): Promise<Reply> {
  const isPortkey = call.key.compat === 'portkey';
  const { body, droppedFields } = isPortkey
    ? toPortkeyRequest(call.endpoint, call.body)
    : { body: toOpenAIRequest(call), droppedFields: [] };
  logDroppedFields(logger, call, droppedFields);
  const relay = {
    call,
    request: await upstream.prepare(call.upstreamPath),
    body,
    headers: call.headers,
    errors: isPortkey && !PLAIN_ERRORS.has(call.endpoint) ? PORTKEY_ERRORS : OPENAI_ERRORS,
    addedFields: isPortkey && call.endpoint === 'responses' ? { provider: DIALECT } : undefined,
  };
  return relayCall(relay, transport, signal);
}

const OPENAI_ERRORS: ErrorWriting = {
  readError: (document) =>
    isJsonObject(document) && isJsonObject(document.error) ? document.error : undefined,
  write: (plain) => ({ ...plain }),
};

/** Portkey rewrites errors of the expected shape, and no other. */
const PORTKEY_ERRORS: ErrorWriting = {
  ...OPENAI_ERRORS,
  write: (plain, given) => (given === undefined ? { ...plain } : toPortkeyErrorAnswer(plain, given, DIALECT)),
};
