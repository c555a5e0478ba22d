import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { isUnset, unsupported } from '../../chat/request-fields.ts';

/** Fields of a function that Portkey passes on beside its schema. */
const FUNCTION_FIELDS = ['allowed_callers', 'input_examples'];

/** A request's tools as Portkey translates them for Anthropic: of a schema four fields are left. */
export function portkeyTools(tools: JsonValue | undefined): readonly JsonObject[] {
  return (Array.isArray(tools) ? tools : []).filter(isJsonObject).flatMap(toTool);
}

function toTool(tool: JsonObject): readonly JsonObject[] {
  const cache = tool.cache_control ? { cache_control: { type: 'ephemeral' } } : {};
  if (isJsonObject(tool.function)) return [{ ...toFunctionTool(tool.function, cache) }];
  if (typeof tool.type !== 'string') return [];
  const own = tool[tool.type];
  const details = isJsonObject(own) ? own : {};
  return [{ ...details, name: tool.type, type: details.name, ...cache }];
}

function toFunctionTool(given: JsonObject, cache: JsonObject): JsonObject {
  const schema = isJsonObject(given.parameters) ? given.parameters : {};
  const more = FUNCTION_FIELDS.filter((name) => given[name]).map((name) => [name, given[name]] as const);
  return {
    name: given.name,
    description: given.description || '',
    input_schema: {
      type: schema.type || 'object',
      properties: schema.properties || {},
      required: schema.required || [],
      $defs: schema.$defs || {},
    },
    ...cache,
    ...(given.defer_loading === undefined ? {} : { defer_loading: given.defer_loading }),
    ...Object.fromEntries(more),
  };
}

const MODES: ReadonlyMap<string, string> = new Map([
  ['required', 'any'],
  ['auto', 'auto'],
  ['none', 'none'],
]);

/**
 * A request's choice among its tools, as Portkey translates it for Anthropic; a word that it does not know is null.
 * @throws GatewayError `unsupported_parameter` for a choice that is not of a function, which breaks Portkey
 */
export function portkeyToolChoice(choice: JsonValue | undefined): JsonObject | null {
  if (typeof choice === 'string') {
    const type = MODES.get(choice);
    return type === undefined ? null : { type };
  }
  if (isUnset(choice)) return null;
  if (!isJsonObject(choice) || !isJsonObject(choice.function)) throw unsupported('tool_choice', 'Anthropic');
  return { type: 'tool', name: choice.function.name };
}
