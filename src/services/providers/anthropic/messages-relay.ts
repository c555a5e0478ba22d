import type { ProviderCall } from '../../../core/provider-call.ts';
import type { Reply } from '../../../core/request-path.ts';
import { flattenExtraBody, isUnset } from '../../chat/request-fields.ts';
import { toPortkeyErrorAnswer } from '../../error-answer.ts';
import { type PortkeyRequest, passFields } from '../../portkey-fields.ts';
import type { ProviderAdapterDependencies } from '../../provider-adapter.ts';
import type { SdkRequests } from '../../sdk-requests.ts';
import type { ErrorWriting } from '../../upstream-answer.ts';
import { readErrorObject, relayPrepared } from '../openai-compatible/relay-prepared.ts';
import { headersInBody, withoutHeaders } from './headers-in-body.ts';
import { MESSAGES_FIELDS } from './portkey-anthropic-request.ts';

/**
 * Carries a request in Anthropic's own dialect and relays its answer byte for byte.
 * @throws GatewayError for faults before the first byte that are no answer of the provider
 */
export async function relayMessages(
  call: ProviderCall,
  upstream: SdkRequests,
  deps: ProviderAdapterDependencies,
  signal: AbortSignal,
): Promise<Reply> {
  const isPortkey = call.key.compat === 'portkey';
  const request = isPortkey ? passFields(MESSAGES_FIELDS, withoutHeaders(call.body)) : toPlainRequest(call);
  const prepared = {
    ...request,
    call,
    headers: { ...call.headers, ...headersInBody(call) },
    // Portkey passes on the errors of counts as they are.
    errors: isPortkey && call.endpoint === 'messages' ? PORTKEY_ERRORS : MESSAGES_ERRORS,
    addedFields: undefined,
  };
  return relayPrepared(prepared, upstream, deps, signal);
}

function toPlainRequest({ body }: ProviderCall): PortkeyRequest {
  const { betas: _betas, ...others } = flattenExtraBody(body);
  return { body: others, droppedFields: [] };
}

/** Anthropic's own envelope, whatever the provider sent. */
const MESSAGES_ERRORS: ErrorWriting = {
  readError: readErrorObject,
  write({ error }, _given, document) {
    const { param: _param, code: _code, ...own } = error;
    const id = document?.request_id;
    return { type: 'error', error: own, ...(isUnset(id) ? {} : { request_id: id }) };
  },
};

/** Portkey puts errors of messages into OpenAI's envelope, too. */
const PORTKEY_ERRORS: ErrorWriting = {
  readError: readErrorObject,
  write: (plain, given, document) =>
    given === undefined
      ? MESSAGES_ERRORS.write(plain, given, document)
      : toPortkeyErrorAnswer(plain, given, 'anthropic'),
};
