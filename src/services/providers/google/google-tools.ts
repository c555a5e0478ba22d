import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue, isUnset, unsupported, withoutUnset } from '../../chat/request-fields.ts';
import { PROVIDER } from './google-parts.ts';

/** The tools of a request and the choice among them, as Gemini takes them. */
export interface GoogleTools {
  readonly tools?: readonly JsonValue[];
  readonly toolConfig?: JsonObject;
}

/**
 * Translates a request's tools. What is of Gemini's own kinds, such as `{"codeExecution": {}}`, goes through, and so
 * does a `toolConfig` that the client wrote itself.
 * @throws GatewayError naming the tool or the choice that cannot be translated
 */
export function toGoogleTools(body: JsonObject): GoogleTools {
  const given = isUnset(body.tools) ? [] : body.tools;
  if (!Array.isArray(given)) throw invalidValue('tools', 'must be a list');
  for (const [index, tool] of given.entries()) checkTool(tool, `tools[${index}]`);
  const { config, only } = toChoice(body.tool_choice);
  const functions = given.filter(isFunction).map(toDeclaration);
  const declared = only === undefined ? functions : functions.filter(({ name }) => only.has(name));
  refuseSerialCalls(body, declared, config);
  const native = [...given.filter((tool) => !isFunction(tool)), ...webSearch(body.web_search_options)];
  const tools = declared.length > 0 ? [{ functionDeclarations: declared }, ...native] : native;
  // Gemini refuses a choice among functions where there are none.
  const choice = declared.length > 0 && config !== undefined ? { functionCallingConfig: config } : {};
  const toolConfig = { ...choice, ...nativeConfig(body) };
  return {
    ...(tools.length > 0 ? { tools } : {}),
    ...(Object.keys(toolConfig).length > 0 ? { toolConfig } : {}),
  };
}

function nativeConfig({ toolConfig, tool_config }: JsonObject): JsonObject {
  const given = toolConfig ?? tool_config;
  return isJsonObject(given) ? given : {};
}

type FunctionTool = JsonObject & { readonly function: JsonObject };

function isFunction(tool: JsonValue): tool is FunctionTool {
  return isJsonObject(tool) && isJsonObject(tool.function);
}

function checkTool(tool: JsonValue, param: string): void {
  if (!isJsonObject(tool)) throw invalidValue(param, 'must be an object');
  if (isFunction(tool) || isUnset(tool.type)) return;
  if (tool.type === 'function') throw invalidValue(`${param}.function`, 'must be an object');
  throw unsupported(`${param}.type`, PROVIDER, 'Tools are functions, or Gemini’s own without a type.');
}

/**
 * `parametersJsonSchema` takes JSON Schema as OpenAI's clients write it, with `$defs` and `additionalProperties`;
 * `parameters` takes a subset of OpenAPI's and refuses all else. `strict` is left out: Gemini holds every call to its
 * schema, as far as it does at all.
 */
function toDeclaration({ function: { name, description, parameters, strict: _, ...others } }: FunctionTool) {
  return withoutUnset({ name, description, parametersJsonSchema: parameters, ...others });
}

/** Gemini searches on its own terms: it is not told from where. */
function webSearch(options: JsonValue | undefined): readonly JsonObject[] {
  if (!isJsonObject(options)) return [];
  if (!isUnset(options.user_location)) throw unsupported('web_search_options.user_location', PROVIDER);
  return [{ googleSearch: {} }];
}

interface Choice {
  readonly config: JsonObject | undefined;
  /** Names of the functions that are allowed at all; undefined for all of them. */
  readonly only?: ReadonlySet<JsonValue | undefined>;
}

const MODES: Readonly<Record<string, string>> = { auto: 'AUTO', none: 'NONE', required: 'ANY' };

function toChoice(given: JsonValue | undefined): Choice {
  if (isUnset(given)) return { config: undefined };
  if (typeof given === 'string') return { config: { mode: toMode(given, 'tool_choice') } };
  if (!isJsonObject(given)) throw invalidValue('tool_choice', 'must be a string or an object');
  if (given.type === 'allowed_tools') return toAllowed(given);
  if (!isJsonObject(given.function))
    throw unsupported('tool_choice', PROVIDER, 'It can be made to call functions.');
  return { config: { mode: 'ANY', allowedFunctionNames: [given.function.name ?? null] } };
}

function toMode(mode: JsonValue | undefined, param: string): string {
  const known = typeof mode === 'string' ? MODES[mode] : undefined;
  if (known === undefined)
    throw unsupported(param, PROVIDER, 'It is auto, none, required or names a function.');
  return known;
}

/** Where calls are free Gemini takes no list of names: the other functions are not sent. */
function toAllowed({ allowed_tools: allowed }: JsonObject): Choice {
  const { mode, tools } = isJsonObject(allowed) ? allowed : {};
  const names = (Array.isArray(tools) ? tools : []).map((tool) =>
    isFunction(tool) ? tool.function.name : undefined,
  );
  return { config: { mode: toMode(mode ?? 'auto', 'tool_choice.allowed_tools.mode') }, only: new Set(names) };
}

function refuseSerialCalls(
  { parallel_tool_calls: parallel }: JsonObject,
  declared: readonly JsonObject[],
  config: JsonObject | undefined,
): void {
  if (parallel !== false || declared.length === 0 || config?.mode === 'NONE') return;
  throw unsupported('parallel_tool_calls', PROVIDER, 'It calls as many functions at once as it likes.');
}
