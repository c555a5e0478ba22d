import type { ReplyHeaders } from '../core/request-path.ts';

const KEPT = new Set(['content-type', 'request-id', 'retry-after', 'retry-after-ms', 'x-should-retry']);
const KEPT_FAMILIES = ['x-ratelimit-', 'openai-', 'anthropic-'];

/**
 * The provider's headers that clients may see, by allow-list. Its `x-request-id` goes on under another name, as that
 * one is the gateway's; Anthropic's `request-id`, which its clients read, keeps its own.
 * @param headers names in lower case
 */
export function pickReplyHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | readonly string[]> {
  const picked: Record<string, ReplyHeaders[string]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (name === 'x-request-id') picked['x-upstream-request-id'] = value;
    else if (KEPT.has(name) || KEPT_FAMILIES.some((family) => name.startsWith(family))) picked[name] = value;
  }
  return picked;
}
