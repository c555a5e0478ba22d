import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';

/**
 * Gemini's counts by Portkey's definitions, which leave thoughts out of the completion.
 * @param missing what stands for a count that Gemini does not give: 0 in documents, nothing in streams
 */
export function toPortkeyUsage(metadata: JsonObject, missing: 0 | undefined): JsonObject {
  return {
    prompt_tokens: metadata.promptTokenCount ?? missing,
    completion_tokens: metadata.candidatesTokenCount ?? missing,
    total_tokens: metadata.totalTokenCount ?? missing,
    completion_tokens_details: {
      reasoning_tokens: metadata.thoughtsTokenCount ?? 0,
      audio_tokens: audioTokens(metadata.candidatesTokensDetails) ?? missing,
    },
    prompt_tokens_details: {
      cached_tokens: metadata.cachedContentTokenCount ?? missing,
      audio_tokens: audioTokens(metadata.promptTokensDetails) ?? missing,
    },
  };
}

function audioTokens(details: JsonValue | undefined): number | undefined {
  if (!Array.isArray(details)) return undefined;
  return details.reduce((sum, detail) => sum + audioCount(detail), 0);
}

function audioCount(detail: JsonValue): number {
  if (!isJsonObject(detail) || detail.modality !== 'AUDIO') return 0;
  return typeof detail.tokenCount === 'number' ? detail.tokenCount : 0;
}
