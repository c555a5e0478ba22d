import type { JsonObject } from '../../core/json.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import type { Reply } from '../../core/request-path.ts';
import { type ErrorAnswer, toPortkeyErrorAnswer } from '../error-answer.ts';
import { meaningOfStatus } from '../provider-status.ts';
import { errorReply, type UpstreamAnswer } from '../upstream-answer.ts';
import type { ChatTranslator, ProviderError } from './chat-translator.ts';

/**
 * The reply for an error answer of a provider of another dialect, in OpenAI's terms or, under `compat: portkey`, in
 * Portkey's.
 */
export function translateError(
  call: ProviderCall,
  dialect: Pick<ChatTranslator, 'readError' | 'readRetryDelay' | 'portkeyName'>,
  answer: UpstreamAnswer,
): Promise<Reply> {
  return errorReply(call, answer, {
    readError: (document) => toJsonObject(dialect.readError(document)),
    readRetryDelay: (document) => dialect.readRetryDelay?.(document),
    write: (plain, given) =>
      given === undefined || call.key.compat !== 'portkey'
        ? withCode(plain, answer.response.statusCode)
        : toPortkeyErrorAnswer(plain, given, dialect.portkeyName),
  });
}

function toJsonObject(error: ProviderError | undefined): JsonObject | undefined {
  return error === undefined ? undefined : { ...error };
}

/** Clients of OpenAI's look at the code, which other dialects do not have. */
function withCode({ error }: ErrorAnswer, status: number): JsonObject {
  return { error: { ...error, code: error.code ?? meaningOfStatus(status).code } };
}
