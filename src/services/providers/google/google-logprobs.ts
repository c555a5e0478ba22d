import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';

/** Gemini's `logprobsResult` in the form of OpenAI's `logprobs.content`, token by token. */
export function toLogprobs(result: JsonValue | undefined): readonly JsonValue[] {
  if (!isJsonObject(result) || !Array.isArray(result.chosenCandidates)) return [];
  const alternatives = Array.isArray(result.topCandidates) ? result.topCandidates : [];
  return result.chosenCandidates.filter(isJsonObject).map((chosen, index) => {
    const top = alternatives[index];
    const candidates = isJsonObject(top) && Array.isArray(top.candidates) ? top.candidates : [];
    return { ...toToken(chosen), top_logprobs: candidates.filter(isJsonObject).map(toToken) };
  });
}

function toToken({ token, logProbability }: JsonObject): JsonObject {
  const text = typeof token === 'string' ? token : '';
  return { token: text, logprob: logProbability ?? 0, bytes: [...Buffer.from(text)] };
}
