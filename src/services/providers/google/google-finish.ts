import type { FinishReason } from '../../../core/stream-part.ts';

/** Gemini's words for an end that OpenAI's dialect has one for. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
]);

/** What came of a candidate before its end. */
export interface CandidateOutput {
  /** Whether there is anything for the client: text, a call, an image. Thoughts are none. */
  readonly isUsable: boolean;
  readonly hasCalls: boolean;
}

/**
 * How a candidate ended; undefined where it failed. Of an end that is no model's wish (`MALFORMED_FUNCTION_CALL`,
 * `UNEXPECTED_TOOL_CALL`, `OTHER`, and whatever Gemini will call the next one) what came before is an answer as it
 * is, and nothing at all is a failure: as an empty success the client would take it for all there is to say.
 */
export function toFinishReason(
  word: string,
  { isUsable, hasCalls }: CandidateOutput,
): FinishReason | undefined {
  const known = REASONS.get(word);
  if (known !== undefined && known !== 'stop') return known;
  if (hasCalls) return 'tool_calls';
  return known === 'stop' || isUsable ? 'stop' : undefined;
}
