import type { CallProvider, Endpoint, ProviderCall } from '../../../core/provider-call.ts';
import { toPortkeyErrorAnswer } from '../../error-answer.ts';
import type { ProviderAdapter, ProviderAdapterDependencies } from '../../provider-adapter.ts';
import type { ErrorWriting } from '../../upstream-answer.ts';
import { toOpenAIRequest } from './openai-request.ts';
import { createOpenAIUpstream } from './openai-upstream.ts';
import { toPortkeyRequest } from './portkey-request.ts';
import { type PreparedCall, readErrorObject, relayPrepared } from './relay-prepared.ts';

/** Portkey's name for the dialect. */
const DIALECT = 'openai';
/** Endpoints whose errors Portkey passes on as they are. */
const PLAIN_ERRORS: ReadonlySet<Endpoint> = new Set([
  'embeddings',
  'moderations',
  'images.edits',
  'images.variations',
]);
/** The field that Portkey takes any text of a provider for: a page of HTML. */
const TEXT_FIELD = 'html-message';

/** One account of a provider of OpenAI's dialect, whose answers are relayed. */
export function createOpenAIAdapter(
  provider: CallProvider,
  deps: ProviderAdapterDependencies,
): ProviderAdapter {
  const upstream = createOpenAIUpstream(provider, deps.transport.fetch);
  return { handle: async (call, signal) => relayPrepared(prepare(call), upstream, deps, signal) };
}

function prepare(call: ProviderCall): PreparedCall {
  const isPortkey = call.key.compat === 'portkey';
  const request = isPortkey
    ? toPortkeyRequest(call.endpoint, call.body)
    : { body: toOpenAIRequest(call), droppedFields: [] };
  return {
    ...request,
    call,
    headers: call.headers,
    errors: isPortkey && !PLAIN_ERRORS.has(call.endpoint) ? PORTKEY_ERRORS : OPENAI_ERRORS,
    addedFields: isPortkey && call.endpoint === 'responses' ? { provider: DIALECT } : undefined,
    textField: isPortkey ? TEXT_FIELD : undefined,
  };
}

const OPENAI_ERRORS: ErrorWriting = {
  readError: readErrorObject,
  write: (plain) => ({ ...plain }),
};

/**
 * Portkey rewrites errors of the expected shape, and passes on what compatible providers have in its place, but for an
 * error that is a text, of which it makes the word `undefined` (quirk `error.lost_text`).
 */
const PORTKEY_ERRORS: ErrorWriting = {
  ...OPENAI_ERRORS,
  write(plain, given, document) {
    if (given !== undefined) return toPortkeyErrorAnswer(plain, given, DIALECT);
    if (typeof document?.error === 'string') return toPortkeyErrorAnswer(plain, {}, DIALECT);
    return document ?? { ...plain };
  },
};
