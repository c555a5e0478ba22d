import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import type { Reply } from '../../../core/request-path.ts';
import { flattenExtraBody, isUnset } from '../../chat/request-fields.ts';
import { toPortkeyErrorAnswer } from '../../error-answer.ts';
import { logDroppedFields } from '../../log-dropped-fields.ts';
import { type PortkeyRequest, passFields } from '../../portkey-fields.ts';
import type { ProviderAdapterDependencies } from '../../provider-adapter.ts';
import { relayCall } from '../../relay-call.ts';
import type { SdkRequests } from '../../sdk-requests.ts';
import type { ErrorWriting } from '../../upstream-answer.ts';
import { headersInBody, withoutHeaders } from './headers-in-body.ts';
import { MESSAGES_FIELDS } from './portkey-anthropic-request.ts';

/**
 * Carries a request in Anthropic's own dialect and relays its answer byte for byte.
 * @throws GatewayError for faults before the first byte that are no answer of the provider
 */
export async function relayMessages(
  call: ProviderCall,
  upstream: SdkRequests,
  { transport, logger }: ProviderAdapterDependencies,
  signal: AbortSignal,
): Promise<Reply> {
  const isPortkey = call.key.compat === 'portkey';
  const { body, droppedFields } = isPortkey
    ? passFields(MESSAGES_FIELDS, withoutHeaders(call.body))
    : toPlainRequest(call);
  logDroppedFields(logger, call, droppedFields);
  const relay = {
    call,
    request: await upstream.prepare(call.upstreamPath),
    body,
    headers: { ...call.headers, ...headersInBody(call) },
    // Portkey passes on the errors of counts as they are.
    errors: isPortkey && call.endpoint === 'messages' ? PORTKEY_ERRORS : MESSAGES_ERRORS,
    addedFields: undefined,
  };
  return relayCall(relay, transport, signal);
}

function toPlainRequest({ body }: ProviderCall): PortkeyRequest {
  const { betas: _betas, ...others } = flattenExtraBody(body);
  return { body: others, droppedFields: [] };
}

function readError(document: unknown): JsonObject | undefined {
  return isJsonObject(document) && isJsonObject(document.error) ? document.error : undefined;
}

/** Anthropic's own envelope, whatever the provider sent. */
const MESSAGES_ERRORS: ErrorWriting = {
  readError,
  write({ error }, _given, document) {
    const { param: _param, code: _code, ...own } = error;
    const id = document?.request_id;
    return { type: 'error', error: own, ...(isUnset(id) ? {} : { request_id: id }) };
  },
};

/** Portkey puts errors of messages into OpenAI's envelope, too. */
const PORTKEY_ERRORS: ErrorWriting = {
  readError,
  write: (plain, given, document) =>
    given === undefined
      ? MESSAGES_ERRORS.write(plain, given, document)
      : toPortkeyErrorAnswer(plain, given, 'anthropic'),
};
