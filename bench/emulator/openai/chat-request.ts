/** A chat completion request once `checkChatRequest` has let it pass; null counts as absent. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  functions?: FunctionDefinition[] | null;
  function_call?: 'none' | 'auto' | { name: string } | null;
  tools?: ChatTool[] | null;
  tool_choice?: 'none' | 'auto' | 'required' | { type: 'function'; function: { name: string } } | null;
  max_completion_tokens?: number | null;
  max_tokens?: number | null;
  n?: number | null;
  logprobs?: boolean | null;
  top_logprobs?: number | null;
  stop?: string | string[] | null;
  service_tier?: string | null;
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean } | null;
  response_format?: ResponseFormat | null;
  reasoning_effort?: string | null;
  temperature?: number | null;
  top_p?: number | null;
  frequency_penalty?: number | null;
  presence_penalty?: number | null;
  logit_bias?: Record<string, number> | null;
  metadata?: Record<string, string> | null;
  store?: boolean | null;
  parallel_tool_calls?: boolean | null;
  modalities?: string[] | null;
  audio?: unknown;
  prediction?: unknown;
  web_search_options?: unknown;
}

/** One message, with the fields that answers and later checks look at. */
export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function';
  content?: string | ContentPart[] | null;
  tool_calls?: { id: string }[] | null;
  tool_call_id?: string;
  function_call?: unknown;
  refusal?: unknown;
  audio?: unknown;
}

/** One part of a content; of the kinds other than text only the type matters here. */
interface ContentPart {
  type: string;
  text?: string;
  refusal?: string;
}

/** A tool; functions are the only kind. */
interface ChatTool {
  function: FunctionDefinition;
}

/** What a model may call. `parameters` is a JSON Schema. */
interface FunctionDefinition {
  name: string;
  parameters?: unknown;
  strict?: boolean | null;
}

type ResponseFormat =
  | { type: 'text' | 'json_object' }
  | { type: 'json_schema'; json_schema: { name: string; schema: unknown; strict?: boolean | null } };

/** The readable text of a message: its string, or its text parts one under the other. */
export function messageText(message: ChatMessage): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts = content.flatMap((part) => part.text ?? part.refusal ?? []);
  return texts.join('\n');
}

/** Models that reason take fewer parameters than the others. */
export function isReasoningModel(model: string): boolean {
  return /^(o1|o3|o4|gpt-5)/.test(model);
}
