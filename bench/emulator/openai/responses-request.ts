import { z } from 'zod';
import { isObject } from './check-value.ts';
import { parseRequest } from './parse-request.ts';
import { badRequest } from './refusal.ts';

const status = z.enum(['in_progress', 'completed', 'incomplete']).nullish();
const marks = { id: z.string().nullish(), status };

const contentPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('input_text'), text: z.string() }),
  z.strictObject({
    type: z.literal('input_image'),
    image_url: z.string().nullish(),
    file_id: z.string().nullish(),
    detail: z.enum(['low', 'high', 'auto']).nullish(),
  }),
  z.strictObject({
    type: z.literal('input_file'),
    file_id: z.string().nullish(),
    file_data: z.string().nullish(),
    file_url: z.string().nullish(),
    filename: z.string().nullish(),
  }),
  z.looseObject({ type: z.literal('output_text'), text: z.string() }),
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
]);
const message = z.strictObject({
  type: z.literal('message'),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([z.string(), z.array(contentPart)]),
  phase: z.enum(['commentary', 'final_answer']).nullish(),
  ...marks,
});
const item = z.discriminatedUnion('type', [
  message,
  z.strictObject({
    type: z.literal('function_call'),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
    ...marks,
  }),
  z.strictObject({
    type: z.literal('function_call_output'),
    call_id: z.string(),
    output: z.union([z.string(), z.array(contentPart)]),
    ...marks,
  }),
  z.strictObject({
    type: z.literal('reasoning'),
    id: z.string(),
    summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
    content: z.array(z.looseObject({ type: z.literal('reasoning_text') })).nullish(),
    encrypted_content: z.string().nullish(),
    status,
  }),
  z.strictObject({ type: z.literal('item_reference'), id: z.string() }),
]);
/** A message may leave out that it is one. */
const inputItem = z.preprocess(
  (given) => (isObject(given) && given.type === undefined ? { ...given, type: 'message' } : given),
  item,
);

const tool = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('function'),
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish(),
  }),
  z.looseObject({ type: z.enum(['web_search', 'file_search', 'code_interpreter', 'mcp', 'custom']) }),
]);
const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    schema: z.record(z.string(), z.unknown()),
    description: z.string().nullish(),
    strict: z.boolean().nullish(),
  }),
]);

const requestSchema = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(inputItem)]).nullish(),
  background: z.boolean().nullish(),
  conversation: z.union([z.string(), z.strictObject({ id: z.string() })]).nullish(),
  include: z.array(z.string()).nullish(),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(16).nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  prompt: z.looseObject({ id: z.string() }).nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullish(),
      summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
    })
    .nullish(),
  safety_identifier: z.string().nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority']).nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  text: z
    .strictObject({ format: format.optional(), verbosity: z.enum(['low', 'medium', 'high']).nullish() })
    .nullish(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.strictObject({ type: z.literal('function'), name: z.string() }),
    ])
    .nullish(),
  tools: z.array(tool).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  user: z.string().nullish(),
});

/** A request for a response, checked. */
export type ResponsesRequest = z.infer<typeof requestSchema>;
export type InputItem = z.infer<typeof item>;

/** @throws Refusal 400 in the provider's words */
export function parseResponsesRequest(body: unknown): ResponsesRequest {
  const request = parseRequest(requestSchema, body);
  if (!request.input && !request.prompt && !request.previous_response_id && !request.conversation) {
    throw badRequest("Missing required parameter: 'input'.", 'input', 'missing_required_parameter');
  }
  if (!request.previous_response_id && !request.conversation) checkCalls(itemsOf(request));
  return request;
}

/** The input as a list, a text as the user's message. */
export function itemsOf({ input }: ResponsesRequest): readonly InputItem[] {
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : (input ?? []);
}

/** The readable text of an item: a message, or what a tool gave back. */
export function itemText(given: InputItem): string {
  const content = 'content' in given && given.type !== 'reasoning' ? given.content : undefined;
  const said = given.type === 'function_call_output' ? given.output : content;
  if (typeof said === 'string') return said;
  return (said ?? []).flatMap((part) => ('text' in part ? [part.text] : [])).join('\n');
}

/** Each result has its call before it, and each call its result. */
function checkCalls(items: readonly InputItem[]): void {
  const called = new Set<string>();
  const answered = new Set<string>();
  for (const given of items) {
    if (given.type === 'function_call') called.add(given.call_id);
    if (given.type !== 'function_call_output') continue;
    if (!called.has(given.call_id)) {
      throw badRequest(`No tool call found for function call output with call_id ${given.call_id}.`, 'input');
    }
    answered.add(given.call_id);
  }
  const open = [...called].find((id) => !answered.has(id));
  if (open !== undefined) throw badRequest(`No tool output found for function call ${open}.`, 'input');
}
