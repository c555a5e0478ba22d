import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue, isUnset, unsupported, withoutUnset } from '../../chat/request-fields.ts';
import { allowsTool, noToolToCall, readToolChoice, type ToolChoice } from '../../chat/tool-choice.ts';
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
  const choice = readToolChoice(body.tool_choice, PROVIDER);
  const functions = given.filter(isFunction).map(toDeclaration);
  // Where calls are free Gemini takes no list of names: the other functions are not sent.
  const declared = functions.filter(({ name }) => allowsTool(choice, name));
  const config = toCallingConfig(choice, declared);
  refuseSerialCalls(body, declared, config);
  const native = [...given.filter((tool) => !isFunction(tool)), ...webSearch(body.web_search_options)];
  const tools = declared.length > 0 ? [{ functionDeclarations: declared }, ...native] : native;
  const toolConfig = {
    ...(config === undefined ? {} : { functionCallingConfig: config }),
    ...nativeConfig(body),
  };
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

/** Gemini refuses a choice among functions where there are none. */
function toCallingConfig(
  choice: ToolChoice | undefined,
  declared: readonly JsonObject[],
): JsonObject | undefined {
  const config = choice === undefined ? undefined : toConfig(choice);
  if (declared.length > 0) return config;
  if (config?.mode === 'ANY') throw noToolToCall();
  return undefined;
}

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const;

function toConfig(choice: ToolChoice): JsonObject {
  if (choice.type === 'mode') return { mode: MODES[choice.mode] };
  if (choice.type === 'function') return { mode: 'ANY', allowedFunctionNames: [choice.name ?? null] };
  throw unsupported('tool_choice', PROVIDER, 'It can be made to call functions.');
}

function refuseSerialCalls(
  { parallel_tool_calls: parallel }: JsonObject,
  declared: readonly JsonObject[],
  config: JsonObject | undefined,
): void {
  if (parallel !== false || declared.length === 0 || config?.mode === 'NONE') return;
  throw unsupported('parallel_tool_calls', PROVIDER, 'It calls as many functions at once as it likes.');
}
