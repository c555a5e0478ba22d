import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/** The one keyword of a JSON schema whose order counts: structured answers come with their fields in it. */
const ORDERED_NAME = 'properties';

/**
 * The value as JSON in one form: values that mean the same to a provider give the same text, and no two others do.
 * Only the order of an object's members is taken out of it, but for the properties of a JSON schema.
 */
export function canonicalJson(value: JsonValue): string {
  return writeValue(value, false);
}

function writeValue(value: JsonValue, keepsOrder: boolean): string {
  if (isJsonObject(value)) return writeObject(value, keepsOrder);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `[${value.map((item) => writeValue(item, false)).join(',')}]`;
}

/** Written by hand: copying into a sorted object would lose `__proto__`, and moves names that look like numbers. */
function writeObject(value: JsonObject, keepsOrder: boolean): string {
  const names = Object.keys(value);
  if (!keepsOrder) names.sort();
  let members = '';
  for (const name of names) {
    const member = value[name];
    if (member === undefined) continue;
    const separator = members === '' ? '' : ',';
    members += `${separator}${JSON.stringify(name)}:${writeValue(member, name === ORDERED_NAME)}`;
  }
  return `{${members}}`;
}
