import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue, isUnset, unsupported } from '../../chat/request-fields.ts';

/** The tools of a request and the choice among them, as Anthropic takes them. */
export interface AnthropicTools {
  readonly tools?: readonly JsonValue[];
  readonly tool_choice?: JsonValue;
}

/**
 * Translates a request's tools. What is of Anthropic's own kinds goes through.
 * @throws GatewayError naming the tool or the choice that cannot be translated
 */
export function toAnthropicTools(body: JsonObject): AnthropicTools {
  const named = body.tools ?? [];
  if (!Array.isArray(named)) throw invalidValue('tools', 'must be a list');
  const all = [...named.map((tool, index) => toTool(tool, `tools[${index}]`)), ...webSearch(body)];
  const choice = toChoice(body.tool_choice);
  const { only } = choice;
  const tools = only === undefined ? all : all.filter((tool) => isJsonObject(tool) && only.has(tool.name));
  if (tools.length === 0) return withoutTools(choice);
  const chosen = withoutParallel(choice.choice, body.parallel_tool_calls);
  return chosen === undefined ? { tools } : { tools, tool_choice: chosen };
}

/** A choice among no tools is none, unless one has to be called. */
function withoutTools({ choice }: Choice): AnthropicTools {
  if (choice?.type === 'any' || choice?.type === 'tool') {
    throw invalidValue('tool_choice', 'asks for a call, and there is no tool to be called');
  }
  return {};
}

function toTool(tool: JsonValue, param: string): JsonValue {
  if (!isJsonObject(tool)) throw unsupported(param, 'Anthropic', 'A tool is an object.');
  if (tool.type === 'custom' && isJsonObject(tool.custom)) {
    throw unsupported(param, 'Anthropic', 'It has no tools with free-form input.');
  }
  if (!isJsonObject(tool.function)) return tool;
  const { name, description, parameters, strict, ...more } = tool.function;
  const { type: _type, function: _function, ...others } = tool;
  return {
    name,
    ...(isUnset(description) ? {} : { description }),
    input_schema: isJsonObject(parameters)
      ? { type: 'object', ...parameters }
      : { type: 'object', properties: {} },
    ...(isUnset(strict) ? {} : { strict }),
    ...more,
    ...others,
  };
}

/** OpenAI's search options are Anthropic's search tool. */
function webSearch({ web_search_options: options }: JsonObject): readonly JsonObject[] {
  if (isUnset(options)) return [];
  if (!isJsonObject(options)) throw invalidValue('web_search_options', 'must be an object');
  const { user_location: location } = options;
  const approximate =
    isJsonObject(location) && isJsonObject(location.approximate) ? location.approximate : undefined;
  const tool = { type: 'web_search_20250305', name: 'web_search' };
  return [
    approximate === undefined ? tool : { ...tool, user_location: { type: 'approximate', ...approximate } },
  ];
}

interface Choice {
  readonly choice: JsonObject | undefined;
  /** Names of the tools that are allowed at all; undefined for all of them. */
  readonly only?: ReadonlySet<JsonValue | undefined>;
}

const MODES: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['required', 'any'],
]);

function toChoice(given: JsonValue | undefined): Choice {
  if (isUnset(given)) return { choice: undefined };
  if (typeof given === 'string') return { choice: toMode(given, 'tool_choice') };
  if (!isJsonObject(given)) throw unsupported('tool_choice', 'Anthropic');
  if (given.type === 'allowed_tools') return toAllowed(given);
  if (isJsonObject(given.function)) return { choice: { type: 'tool', name: given.function.name } };
  if (given.type === 'custom') throw unsupported('tool_choice', 'Anthropic');
  if (given.type === 'function') throw invalidValue('tool_choice.function', 'must name a function');
  return { choice: given };
}

function toMode(mode: string, param: string): JsonObject {
  const type = MODES.get(mode);
  if (type === undefined)
    throw unsupported(param, 'Anthropic', 'It is auto, none, required or names a function.');
  return { type };
}

/** Anthropic knows no list of allowed tools: the others are not sent. */
function toAllowed({ allowed_tools: allowed }: JsonObject): Choice {
  const { mode, tools } = isJsonObject(allowed) ? allowed : {};
  const names = (Array.isArray(tools) ? tools : []).map((tool) =>
    isJsonObject(tool) && isJsonObject(tool.function) ? tool.function.name : undefined,
  );
  return { choice: toMode(String(mode ?? 'auto'), 'tool_choice.allowed_tools.mode'), only: new Set(names) };
}

function withoutParallel(
  choice: JsonObject | undefined,
  parallel: JsonValue | undefined,
): JsonObject | undefined {
  if (parallel !== false || choice?.type === 'none') return choice;
  return { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true };
}
