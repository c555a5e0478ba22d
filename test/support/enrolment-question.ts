import type { EnrolmentQuestion } from '../../src/rollout/rollout.ts';

/** A chat completion of a key, as the rollout is asked about it. */
export function requestOf(keyId: string, other: Partial<EnrolmentQuestion> = {}): EnrolmentQuestion {
  return { keyId, providerId: 'openai', model: 'gpt-4o-mini', endpoint: 'chat.completions', ...other };
}
