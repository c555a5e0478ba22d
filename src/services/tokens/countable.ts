import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { hasUnknownSize } from './image-tokens.ts';

/** What brings into the prompt what the request does not have, or has the answer spoken. */
const BESIDE_THE_TEXT = [
  'previous_response_id',
  'conversation',
  'cached_content',
  'web_search_options',
  'audio',
  'container',
  'mcp_servers',
];

/** Messages, items and parts that are text, calls and pictures; of any other kind a model sees more, or less. */
const COUNTED: ReadonlySet<unknown> = new Set([
  undefined,
  'message',
  'text',
  'input_text',
  'output_text',
  'refusal',
  'image',
  'image_url',
  'input_image',
  'tool_use',
  'tool_result',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
]);

const CLIENTS_TOOLS: ReadonlySet<unknown> = new Set([undefined, 'function', 'custom']);

/** Whether the texts and pictures of a request are its whole prompt, as far as can be seen. */
export function isCountable(body: JsonObject): boolean {
  const { messages, input, system, prompt, tools } = body;
  return (
    BESIDE_THE_TEXT.every((field) => body[field] === undefined || body[field] === null) &&
    !isJsonObject(prompt) &&
    [messages, input, system].every(areCounted) &&
    objectsIn(tools).every(isClientsTool)
  );
}

/** A tool that the provider runs brings instructions and results of its own. */
function isClientsTool({ type, name, function: definition }: JsonObject): boolean {
  return CLIENTS_TOOLS.has(type) && (typeof name === 'string' || isJsonObject(definition));
}

/** Messages, or the parts of one, with what is in them. */
function areCounted(parts: JsonValue | undefined): boolean {
  return objectsIn(parts).every(
    (part) =>
      COUNTED.has(part.type) && !hasUnknownSize(part) && areCounted(part.content) && areCounted(part.output),
  );
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
