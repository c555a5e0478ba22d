import { invalidRequest } from './anthropic-refusal.ts';
import type { MessagesRequest, RequestMessage } from './messages-request.ts';

const DOCS =
  'Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking';
const MIN_TOP_P = 0.95;

/**
 * Refuses what does not go together with thinking: a limit that leaves nothing to answer with, a call that is forced,
 * sampling, and calls of tools without the thinking that led to them.
 *
 * @throws AnthropicRefusal 400 in the provider's words
 */
export function checkThinking(request: MessagesRequest): void {
  const { thinking, tool_choice: choice } = request;
  if (thinking === undefined || thinking.type === 'disabled') return;
  if (thinking.type === 'enabled' && thinking.budget_tokens >= request.max_tokens) {
    throw invalidRequest('`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
  if (choice?.type === 'any' || choice?.type === 'tool') {
    throw invalidRequest('Thinking may not be enabled when tool_choice forces tool use.');
  }
  checkSampling(request);
  // A model that decides for itself whether to think may have called without.
  if (thinking.type === 'enabled') checkThoughts(request.messages);
}

function checkSampling({ temperature, top_k, top_p }: MessagesRequest): void {
  if (temperature !== undefined && temperature !== 1) {
    throw invalidRequest(
      `\`temperature\` may only be set to 1 when thinking is enabled or in adaptive mode. ${DOCS}`,
    );
  }
  if (top_k !== undefined) {
    throw invalidRequest(`\`top_k\` must be unset when thinking is enabled or in adaptive mode. ${DOCS}`);
  }
  if (top_p !== undefined && top_p < MIN_TOP_P) {
    throw invalidRequest(
      `\`top_p\` must be greater than or equal to ${MIN_TOP_P} or unset when thinking is enabled or in adaptive mode. ${DOCS}`,
    );
  }
}

/** Of the turn whose calls are answered last: what lies further back may have been thought by another model. */
function checkThoughts(messages: readonly RequestMessage[]): void {
  const index = messages.findLastIndex(({ role }) => role === 'assistant');
  const first = typesOf(messages[index])[0];
  if (first === undefined || !typesOf(messages[index + 1]).includes('tool_result')) return;
  if (first === 'thinking' || first === 'redacted_thinking') return;
  throw invalidRequest(
    `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). ${DOCS}`,
  );
}

function typesOf(message: RequestMessage | undefined): readonly string[] {
  if (message === undefined || typeof message.content === 'string') return [];
  return message.content.map(({ type }) => type);
}
