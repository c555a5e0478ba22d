import type { GatewayError } from '../../core/gateway-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { invalidValue, isUnset, unsupported } from './request-fields.ts';

type ToolMode = 'auto' | 'none' | 'required';

/** A request's choice among its tools. */
export type ToolChoice =
  | {
      readonly type: 'mode';
      readonly mode: ToolMode;
      /** Names of the functions that are allowed at all; undefined for all of them. */
      readonly only: ReadonlySet<JsonValue | undefined> | undefined;
    }
  | { readonly type: 'function'; readonly name: JsonValue | undefined }
  /** An object in no form of OpenAI's, perhaps in the provider's own words. */
  | { readonly type: 'other'; readonly choice: JsonObject };

const MODES: ReadonlyMap<JsonValue, ToolMode> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['required', 'required'],
]);

/**
 * Reads a request's `tool_choice`; undefined where there is none.
 * @param provider its name, for errors
 * @throws GatewayError
 */
export function readToolChoice(given: JsonValue | undefined, provider: string): ToolChoice | undefined {
  if (isUnset(given)) return undefined;
  if (typeof given === 'string') {
    return { type: 'mode', mode: readMode(given, 'tool_choice', provider), only: undefined };
  }
  if (!isJsonObject(given)) throw invalidValue('tool_choice', 'must be a string or an object');
  if (given.type === 'allowed_tools') return readAllowed(given.allowed_tools, provider);
  if (isJsonObject(given.function)) return { type: 'function', name: given.function.name };
  if (given.type === 'custom')
    throw unsupported('tool_choice', provider, 'It can be made to call functions.');
  if (given.type === 'function') throw invalidValue('tool_choice.function', 'must name a function');
  return { type: 'other', choice: given };
}

function readAllowed(allowed: JsonValue | undefined, provider: string): ToolChoice {
  const { mode, tools } = isJsonObject(allowed) ? allowed : {};
  const names = (Array.isArray(tools) ? tools : []).map((tool) =>
    isJsonObject(tool) && isJsonObject(tool.function) ? tool.function.name : undefined,
  );
  return {
    type: 'mode',
    mode: readMode(mode ?? 'auto', 'tool_choice.allowed_tools.mode', provider),
    only: new Set(names),
  };
}

function readMode(mode: JsonValue, param: string, provider: string): ToolMode {
  const known = MODES.get(mode);
  if (known === undefined)
    throw unsupported(param, provider, 'It is auto, none, required or names a function.');
  return known;
}

/** Whether the model may call a function of this name, by whatever it is told beside. */
export function allowsTool(choice: ToolChoice | undefined, name: JsonValue | undefined): boolean {
  return choice?.type !== 'mode' || choice.only === undefined || choice.only.has(name);
}

/** The fault of a choice that asks for a call where there is nothing to be called. */
export function noToolToCall(): GatewayError {
  return invalidValue('tool_choice', 'asks for a call, and there is no tool to be called');
}
