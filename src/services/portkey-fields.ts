import type { JsonObject, JsonValue } from '../core/json.ts';

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** The fields of a request that Portkey passes on, with the bounds that it moves numbers into. */
export type PassedFields = Readonly<Record<string, Bounds>>;

/** A request as Portkey would have passed it on. */
export interface PortkeyRequest {
  readonly body: JsonObject;
  /** Names of the client's fields that are not in it. */
  readonly droppedFields: readonly string[];
}

/** The list of fields without bounds. */
export function unbounded(...names: readonly string[]): PassedFields {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/**
 * Makes a request what the provider would have been sent behind Portkey (quirks `request.dropped_fields` and
 * `request.clamped_numbers`): a strict provider answers 400 to what a client has sent for years without knowing.
 */
export function passFields(fields: PassedFields, body: JsonObject): PortkeyRequest {
  const isPassed = (name: string) => Object.hasOwn(fields, name);
  const entries = Object.entries(body);
  const passed = entries
    .filter(([name]) => isPassed(name))
    .map(([name, value]) => [name, clamp(value, fields[name] ?? {})] as const);
  const droppedFields = entries.map(([name]) => name).filter((name) => !isPassed(name));
  return { body: Object.fromEntries(passed), droppedFields };
}

function clamp(value: JsonValue | undefined, { min, max }: Bounds): JsonValue | undefined {
  if (typeof value !== 'number') return value;
  if (min !== undefined && value < min) return min;
  return max !== undefined && value > max ? max : value;
}
