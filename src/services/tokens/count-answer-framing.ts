import type { Generated } from '../../core/generated.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import { framingOf } from './framing.ts';

/** The tokens of a generated answer that are none of its texts'. Only a chat's answers are framed. */
export function countAnswerFraming(
  { endpoint, body }: Pick<ProviderCall, 'endpoint' | 'body'>,
  { texts, calls }: Generated,
): number {
  if (endpoint !== 'chat.completions' && endpoint !== 'responses' && endpoint !== 'messages') return 0;
  const framing = framingOf(String(body.model));
  const end = endpoint === 'responses' ? framing.responseEnd : 0;
  if (calls === 0) return end + framing.answer * texts.length;
  return end + calls * (calls === 1 ? framing.call : framing.parallelCall);
}
