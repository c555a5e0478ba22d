import type { Compat } from '../../../core/catalog.ts';
import type { Logger } from '../../../core/logger.ts';
import type { CallProvider, ProviderCall } from '../../../core/provider-call.ts';
import type { Reply } from '../../../core/request-path.ts';
import type { ChatTranslator } from '../../chat/chat-translator.ts';
import { translateChat } from '../../chat/translate-chat.ts';
import { translateError } from '../../chat/translate-error.ts';
import type { GlobalFetchHook } from '../../global-fetch-hook.ts';
import { logDroppedFields } from '../../log-dropped-fields.ts';
import type { ProviderAdapter, ProviderAdapterDependencies } from '../../provider-adapter.ts';
import { createGoogleDecoder } from './google-decoder.ts';
import { embeddingsReply, toEmbeddingsRequest } from './google-embeddings.ts';
import { PORTKEY_NAME, readGoogleError, readRetryDelay } from './google-error.ts';
import { toGoogleRequest } from './google-request.ts';
import { GoogleUpstream } from './google-upstream.ts';
import { createPortkeyGoogleEncoder } from './portkey-google-encoder.ts';
import { toPortkeyGoogleRequest } from './portkey-google-request.ts';

export interface GoogleAdapterDependencies extends ProviderAdapterDependencies {
  /** Installed by its owner before the first call. */
  readonly fetchHook: GlobalFetchHook;
}

/** One account at Google, whose chat completions and embeddings are translated. */
export function createGoogleAdapter(
  provider: CallProvider,
  deps: GoogleAdapterDependencies,
): ProviderAdapter {
  const upstream = new GoogleUpstream(provider, deps);
  const translators: Readonly<Record<Compat, ChatTranslator>> = {
    portkey: createTranslator(upstream, 'portkey'),
    openai: createTranslator(upstream, 'openai'),
  };
  return {
    async handle(call, signal) {
      return call.endpoint === 'embeddings'
        ? embed(call, upstream, translators[call.key.compat], deps.logger, signal)
        : translateChat(call, translators[call.key.compat], deps.logger, signal);
    },
  };
}

function createTranslator(upstream: GoogleUpstream, compat: Compat): ChatTranslator {
  return {
    toRequest: ({ body }) =>
      compat === 'portkey'
        ? toPortkeyGoogleRequest(body)
        : { body: toGoogleRequest(body), droppedFields: [] },
    sendChat: (call, request, signal) =>
      upstream.send(call.stream ? 'streamGenerateContent' : 'generateContent', call, request, signal),
    createDecoder: () => createGoogleDecoder(compat),
    createPortkeyEncoder: (_call, head) => createPortkeyGoogleEncoder(head.created),
    readError: (document) => readGoogleError(document, compat),
    readRetryDelay,
    portkeyName: PORTKEY_NAME,
  };
}

async function embed(
  call: ProviderCall,
  upstream: GoogleUpstream,
  translator: ChatTranslator,
  logger: Logger,
  signal: AbortSignal,
): Promise<Reply> {
  const { method, body, droppedFields } = toEmbeddingsRequest(call);
  logDroppedFields(logger, call, droppedFields);
  const sentAt = performance.now();
  const answer = { response: await upstream.send(method, call, body, signal), sentAt };
  return answer.response.statusCode >= 300
    ? translateError(call, translator, answer)
    : embeddingsReply(call, method, answer);
}
