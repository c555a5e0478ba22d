/** What an answer cost, in tokens. */
export interface AnswerTokens {
  prompt: number;
  /** Said, calls included. */
  text: number;
  image: number;
  thoughts: number;
  /** The part of the prompt that came from the cache. */
  cached: number;
  /** Results of server-side tools, beside the prompt. */
  toolUse: number;
}

/** `usageMetadata` as the API states it: counts of nothing are left out, and the total is the sum of all but the cache. */
export function usageMetadata({ prompt, text, image, thoughts, cached, toolUse }: AnswerTokens): object {
  const candidates = text + image;
  return {
    promptTokenCount: prompt,
    ...(candidates === 0 ? {} : { candidatesTokenCount: candidates }),
    totalTokenCount: prompt + candidates + thoughts + toolUse,
    ...(cached === 0 ? {} : { cachedContentTokenCount: cached }),
    promptTokensDetails: details('TEXT', prompt),
    ...(cached === 0 ? {} : { cacheTokensDetails: details('TEXT', cached) }),
    ...(image === 0 ? {} : { candidatesTokensDetails: details('IMAGE', image) }),
    ...(toolUse === 0
      ? {}
      : { toolUsePromptTokenCount: toolUse, toolUsePromptTokensDetails: details('TEXT', toolUse) }),
    ...(thoughts === 0 ? {} : { thoughtsTokenCount: thoughts }),
    serviceTier: 'standard',
  };
}

/** A count by the kind of what was counted. */
export function details(modality: string, tokenCount: number): object[] {
  return [{ modality, tokenCount }];
}
