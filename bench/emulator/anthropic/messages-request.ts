import { z } from 'zod';
import { invalidRequest } from './anthropic-refusal.ts';

const cacheControl = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() });
const cached = { cache_control: cacheControl.nullish() };
const filled = z.string().min(1, 'text content blocks must be non-empty');
const citations = z.unknown();

const textBlock = z.strictObject({
  type: z.literal('text'),
  text: filled,
  citations: citations.optional(),
  ...cached,
});
const source = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('base64'), media_type: z.string(), data: z.string().min(1) }),
  z.strictObject({ type: z.literal('url'), url: z.url() }),
  z.strictObject({ type: z.literal('text'), media_type: z.literal('text/plain'), data: z.string() }),
  z.strictObject({ type: z.literal('file'), file_id: z.string() }),
]);
const imageBlock = z.strictObject({ type: z.literal('image'), source, ...cached });
const documentBlock = z.strictObject({
  type: z.literal('document'),
  source,
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: citations.optional(),
  ...cached,
});
const toolUseBlock = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
  name: z.string().min(1).max(200),
  input: z.record(z.string(), z.unknown()),
  ...cached,
});
const toolResultBlock = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z
    .union([z.string(), z.array(z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock]))])
    .optional(),
  is_error: z.boolean().optional(),
  ...cached,
});
const thinkingBlock = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().min(1),
});
const redactedBlock = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string().min(1) });
const serverBlock = z.looseObject({ type: z.enum(['server_tool_use', 'web_search_tool_result']) });
const block = z.discriminatedUnion('type', [
  textBlock,
  imageBlock,
  documentBlock,
  toolUseBlock,
  toolResultBlock,
  thinkingBlock,
  redactedBlock,
  serverBlock,
]);

const message = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.union([z.string().min(1, 'messages must have non-empty content'), z.array(block)]),
});
const customTool = z.strictObject({
  type: z.literal('custom').optional(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.literal('object') }),
  strict: z.boolean().optional(),
  ...cached,
});
const searchTool = z.strictObject({
  type: z.literal('web_search_20250305'),
  name: z.literal('web_search'),
  max_uses: z.int().min(1).optional(),
  user_location: z.looseObject({ type: z.literal('approximate') }).optional(),
  ...cached,
});
const tool = z.discriminatedUnion('type', [customTool, searchTool]);
const parallel = { disable_parallel_tool_use: z.boolean().optional() };
const toolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), ...parallel }),
  z.strictObject({ type: z.literal('any'), ...parallel }),
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('tool'), name: z.string(), ...parallel }),
]);
const thinking = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1024) }),
  z.strictObject({ type: z.literal('adaptive'), display: z.string().optional() }),
  z.strictObject({ type: z.literal('disabled') }),
]);
const format = z.strictObject({
  type: z.literal('json_schema'),
  schema: z.record(z.string(), z.unknown()),
});

const countFields = {
  model: z.string().min(1),
  messages: z.array(message).min(1, 'at least one message is required'),
  system: z.union([z.string(), z.array(textBlock)]).optional(),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  thinking: thinking.optional(),
  cache_control: cacheControl.nullish(),
  output_config: z.strictObject({ effort: z.string().optional(), format: format.nullish() }).optional(),
  context_management: z.unknown().optional(),
  mcp_servers: z.unknown().optional(),
};
const requestSchema = z.strictObject({
  ...countFields,
  max_tokens: z.int().min(1),
  stream: z.boolean().optional(),
  stop_sequences: z
    .array(z.string().regex(/\S/, 'each stop sequence must contain non-whitespace'))
    .optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  metadata: z.strictObject({ user_id: z.string().max(512).nullish() }).optional(),
  service_tier: z.enum(['auto', 'standard_only']).optional(),
  container: z.unknown().optional(),
  thread: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('create') }),
      z.strictObject({ type: z.literal('continue'), previous_message_id: z.string() }),
    ])
    .optional(),
});
const countSchema = z.strictObject({ ...countFields, max_tokens: z.int().optional() });

/** A request for a message, checked. */
export type MessagesRequest = z.infer<typeof requestSchema>;
export type RequestMessage = z.infer<typeof message>;

/** @throws AnthropicRefusal 400 in the provider's words */
export function parseMessagesRequest(body: unknown): MessagesRequest {
  const sent = parse(requestSchema, body);
  const request = { ...sent, messages: merged(sent.messages) };
  checkPairs(request.messages);
  return request;
}

/** @throws AnthropicRefusal 400 in the provider's words */
export function parseCountRequest(body: unknown): Pick<MessagesRequest, 'model' | 'messages' | 'system'> {
  return parse(countSchema, body);
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalidRequest(describe(result.error.issues[0]));
}

/** The first fault as `path: what`, in the words of the provider's own validation. */
function describe(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'Invalid request.';
  if (issue.code === 'unrecognized_keys') {
    return `${[...issue.path, issue.keys[0]].join('.')}: Extra inputs are not permitted`;
  }
  const path = issue.path.join('.');
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return `${path}: ${isMissing ? 'Field required' : issue.message}`;
}

/** Turns of one role that follow each other count as one. */
function merged(messages: readonly RequestMessage[]): RequestMessage[] {
  const turns: RequestMessage[] = [];
  for (const { role, content } of messages) {
    const blocks = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
    const last = turns.at(-1);
    if (last?.role === role && typeof last.content !== 'string') last.content.push(...blocks);
    else turns.push({ role, content: [...blocks] });
  }
  return turns;
}

/** Each use of a tool is answered in the very next turn, and no result comes without its use. */
function checkPairs(messages: readonly RequestMessage[]): void {
  messages.forEach((current, index) => {
    const uses = idsOf(current, 'tool_use');
    const results = new Set(idsOf(messages[index + 1], 'tool_result'));
    const unanswered = uses.filter((id) => !results.has(id));
    if (unanswered.length > 0) {
      throw invalidRequest(
        `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${unanswered.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    }
    const used = new Set(idsOf(messages[index - 1], 'tool_use'));
    const stray = idsOf(current, 'tool_result').find((id) => !used.has(id));
    if (stray !== undefined) {
      throw invalidRequest(
        `messages.${index}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
  });
}

function idsOf(given: RequestMessage | undefined, type: 'tool_use' | 'tool_result'): string[] {
  if (given === undefined || typeof given.content === 'string') return [];
  return given.content.flatMap((each) => {
    if (each.type === 'tool_use' && type === 'tool_use') return [each.id];
    return each.type === 'tool_result' && type === 'tool_result' ? [each.tool_use_id] : [];
  });
}

/** The readable text of a message, tool results included. */
export function textOf({ content }: RequestMessage): string {
  if (typeof content === 'string') return content;
  return content
    .flatMap((each) =>
      each.type === 'text' ? [each.text] : each.type === 'tool_result' ? [resultText(each)] : [],
    )
    .join('\n');
}

function resultText({ content = '' }: z.infer<typeof toolResultBlock>): string {
  if (typeof content === 'string') return content;
  return content.flatMap((each) => (each.type === 'text' ? [each.text] : [])).join('\n');
}
