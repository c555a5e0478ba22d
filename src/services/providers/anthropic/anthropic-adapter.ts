import type { JsonObject } from '../../../core/json.ts';
import type { CallProvider, ProviderCall } from '../../../core/provider-call.ts';
import type { ChatTranslator } from '../../chat/chat-translator.ts';
import { translateChat } from '../../chat/translate-chat.ts';
import type { ProviderAdapter, ProviderAdapterDependencies } from '../../provider-adapter.ts';
import type { SdkRequests } from '../../sdk-requests.ts';
import type { UpstreamTransport } from '../../upstream-transport.ts';
import { createAnthropicDecoder } from './anthropic-decoder.ts';
import { readAnthropicError } from './anthropic-error.ts';
import { toMessagesRequest } from './anthropic-request.ts';
import { createAnthropicUpstream } from './anthropic-upstream.ts';
import { headersInBody } from './headers-in-body.ts';
import { relayMessages } from './messages-relay.ts';
import { createPortkeyAnthropicEncoder } from './portkey-anthropic-encoder.ts';
import { toPortkeyMessagesRequest } from './portkey-anthropic-request.ts';

/** Below the base URL. */
const MESSAGES_PATH = '/messages';

/** One account of Anthropic's: chat completions are translated, messages and counts of their tokens relayed. */
export function createAnthropicAdapter(
  provider: CallProvider,
  deps: ProviderAdapterDependencies,
): ProviderAdapter {
  const upstream = createAnthropicUpstream(provider, deps.transport.fetch);
  const translator = createTranslator(upstream, deps.transport);
  return {
    handle: (call, signal) =>
      call.endpoint === 'chat.completions'
        ? translateChat(call, translator, deps.logger, signal)
        : relayMessages(call, upstream, deps, signal),
  };
}

function createTranslator(upstream: SdkRequests, transport: UpstreamTransport): ChatTranslator {
  return {
    toRequest: ({ key, body }) =>
      key.compat === 'portkey'
        ? toPortkeyMessagesRequest(body)
        : { body: toMessagesRequest(body), droppedFields: [] },
    sendChat: (call, body, signal) => send(upstream, transport, call, body, signal),
    createDecoder: createAnthropicDecoder,
    createPortkeyEncoder: (_call, head) => createPortkeyAnthropicEncoder(head),
    readError: readAnthropicError,
    portkeyName: 'anthropic',
  };
}

async function send(
  upstream: SdkRequests,
  transport: UpstreamTransport,
  call: ProviderCall,
  body: JsonObject,
  signal: AbortSignal,
) {
  const { origin, path, headers } = await upstream.prepare(MESSAGES_PATH);
  return transport.post({
    origin,
    path,
    headers: { ...headers, ...call.headers, ...headersInBody(call) },
    body: JSON.stringify(body),
    signal,
  });
}
