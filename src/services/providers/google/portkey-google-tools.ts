import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue, isUnset, withoutUnset } from '../../chat/request-fields.ts';
import { toPortkeySchema, withoutClosedness } from './portkey-google-schema.ts';

interface PortkeyTools {
  readonly tools: readonly JsonValue[] | undefined;
  readonly toolConfig: JsonObject | undefined;
  /** Where those tools stand that Portkey leaves out. */
  readonly droppedTools: readonly string[];
}

/**
 * A request's tools as Portkey sends them: functions of certain names stand for Gemini's own tools, and what is no
 * function is left out.
 * @throws GatewayError `invalid_value`
 */
export function toPortkeyTools(body: JsonObject): PortkeyTools {
  const given = isUnset(body.tools) ? [] : body.tools;
  if (!Array.isArray(given)) throw invalidValue('tools', 'must be a list');
  const functions = given.filter(isFunction).map((tool) => tool.function);
  const native = functions.flatMap(toNativeTool);
  const declared = functions.filter(({ name }) => nativeKind(name) === undefined).map(toDeclaration);
  return {
    tools: !Object.hasOwn(body, 'tools')
      ? undefined
      : [...native, ...(declared.length > 0 ? [{ functionDeclarations: declared }] : [])],
    toolConfig: toToolConfig(body, functions),
    droppedTools: given.flatMap((tool, index) => (isFunction(tool) ? [] : [`tools[${index}]`])),
  };
}

function isFunction(tool: JsonValue): tool is JsonObject & { readonly function: JsonObject } {
  return isJsonObject(tool) && tool.type === 'function' && isJsonObject(tool.function);
}

function toDeclaration({ strict: _, ...declared }: JsonObject): JsonObject {
  const { parameters } = declared;
  if (!parameters) return declared;
  return { ...declared, parameters: toPortkeySchema(withoutClosedness(parameters), 'tools') };
}

const NATIVE_KINDS: Readonly<Record<string, string>> = {
  googleSearch: 'search',
  google_search: 'search',
  googleSearchRetrieval: 'retrieval',
  google_search_retrieval: 'retrieval',
  computerUse: 'computer',
  computer_use: 'computer',
  googleMaps: 'maps',
  google_maps: 'maps',
};

function nativeKind(name: JsonValue | undefined): string | undefined {
  return typeof name === 'string' && Object.hasOwn(NATIVE_KINDS, name) ? NATIVE_KINDS[name] : undefined;
}

function parametersOf({ parameters }: JsonObject): JsonObject {
  return isJsonObject(parameters) ? parameters : {};
}

function toNativeTool(named: JsonObject): readonly JsonObject[] {
  const parameters = parametersOf(named);
  switch (nativeKind(named.name)) {
    case 'search':
      return [{ googleSearch: withoutUndefined({ timeRangeFilter: parameters.timeRangeFilter }) }];
    case 'retrieval':
      return [
        {
          googleSearchRetrieval: withoutUnset({ dynamicRetrievalConfig: parameters.dynamicRetrievalConfig }),
        },
      ];
    case 'computer':
      return [
        {
          computerUse: withoutUndefined({
            environment: parameters.environment,
            excludedPredefinedFunctions: parameters.excluded_predefined_functions,
          }),
        },
      ];
    case 'maps':
      return [{ googleMaps: withoutUndefined({ enableWidget: parameters.enableWidget }) }];
    default:
      return [];
  }
}

/** Snapshots and comparisons know undefined fields; on the wire there are none. */
function withoutUndefined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const MODES: Readonly<Record<string, string>> = { auto: 'AUTO', none: 'NONE', required: 'ANY' };

/** A choice that Portkey does not know becomes one without a mode. */
function toToolConfig(body: JsonObject, functions: readonly JsonObject[]): JsonObject | undefined {
  const maps = functions.find(({ name }) => nativeKind(name) === 'maps');
  const retrieval =
    maps === undefined ? {} : withoutUndefined({ retrievalConfig: parametersOf(maps).retrievalConfig });
  const { tool_choice: choice } = body;
  if (choice === undefined) return maps === undefined ? undefined : retrieval;
  return choice ? { function_calling_config: toCallingConfig(choice), ...retrieval } : retrieval;
}

function toCallingConfig(choice: JsonValue): JsonObject {
  if (isJsonObject(choice) && choice.type === 'function') {
    const name = isJsonObject(choice.function) ? choice.function.name : undefined;
    return { mode: 'ANY', allowed_function_names: [name ?? null] };
  }
  const mode = typeof choice === 'string' && Object.hasOwn(MODES, choice) ? MODES[choice] : undefined;
  return withoutUndefined({ mode });
}
