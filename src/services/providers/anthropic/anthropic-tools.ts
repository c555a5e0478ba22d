import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue, isUnset, unsupported } from '../../chat/request-fields.ts';
import { allowsTool, noToolToCall, readToolChoice, type ToolChoice } from '../../chat/tool-choice.ts';
import { PROVIDER } from './anthropic-content.ts';

/** The tools of a request and the choice among them, as Anthropic takes them. */
export interface AnthropicTools {
  readonly tools?: readonly JsonValue[];
  readonly tool_choice?: JsonObject;
}

/**
 * Translates a request's tools. What is of Anthropic's own kinds goes through.
 * @throws GatewayError naming the tool or the choice that cannot be translated
 */
export function toAnthropicTools(body: JsonObject): AnthropicTools {
  const named = body.tools ?? [];
  if (!Array.isArray(named)) throw invalidValue('tools', 'must be a list');
  const all = [...named.map((tool, index) => toTool(tool, `tools[${index}]`)), ...webSearch(body)];
  const asked = readToolChoice(body.tool_choice, PROVIDER);
  // Anthropic knows no list of allowed tools: the others are not sent.
  const tools = all.filter((tool) => allowsTool(asked, isJsonObject(tool) ? tool.name : undefined));
  const choice = toChoice(asked);
  if (tools.length === 0) return withoutTools(choice);
  const chosen = withoutParallel(choice, body.parallel_tool_calls);
  return chosen === undefined ? { tools } : { tools, tool_choice: chosen };
}

/** A choice among no tools is none, unless one has to be called. */
function withoutTools(choice: JsonObject | undefined): AnthropicTools {
  if (isForced(choice)) throw noToolToCall();
  return {};
}

/** Whether a choice of Anthropic's leaves the model no other answer than a call. */
export function isForced(choice: JsonObject | undefined): boolean {
  return choice?.type === 'any' || choice?.type === 'tool';
}

function toTool(tool: JsonValue, param: string): JsonValue {
  if (!isJsonObject(tool)) throw unsupported(param, PROVIDER, 'A tool is an object.');
  if (tool.type === 'custom' && isJsonObject(tool.custom)) {
    throw unsupported(param, PROVIDER, 'It has no tools with free-form input.');
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

const MODES = { auto: 'auto', none: 'none', required: 'any' } as const;

function toChoice(choice: ToolChoice | undefined): JsonObject | undefined {
  if (choice === undefined) return undefined;
  if (choice.type === 'mode') return { type: MODES[choice.mode] };
  return choice.type === 'function' ? { type: 'tool', name: choice.name } : choice.choice;
}

function withoutParallel(
  choice: JsonObject | undefined,
  parallel: JsonValue | undefined,
): JsonObject | undefined {
  if (parallel !== false || choice?.type === 'none') return choice;
  return { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true };
}
