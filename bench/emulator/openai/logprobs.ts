import { splitWords } from '../words.ts';
import type { ChatRequest } from './chat-request.ts';

/** The log probabilities of a text, one entry a word, or null when the request wants none. */
export function logprobsOf(request: ChatRequest, text: string): object | null {
  if (!request.logprobs) return null;
  const content = splitWords(text).map((token) => ({
    ...entry(token, 0),
    top_logprobs: Array.from({ length: request.top_logprobs ?? 0 }, (_, rank) =>
      entry(rank === 0 ? token : `${token}~${rank}`, rank),
    ),
  }));
  return { content, refusal: null };
}

/** Less likely with every rank. */
function entry(token: string, rank: number): { token: string; logprob: number; bytes: number[] } {
  return { token, logprob: -0.25 * (rank + 1), bytes: [...Buffer.from(token)] };
}
