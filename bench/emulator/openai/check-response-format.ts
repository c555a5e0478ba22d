import type { ChatRequest } from './chat-request.ts';
import { checkMentionsJson } from './check-conversation.ts';
import { checkSchema } from './check-schema.ts';
import {
  checkBoolean,
  checkEnum,
  checkMembers,
  checkName,
  checkObject,
  checkString,
  missing,
} from './check-value.ts';

const PARAM = 'response_format';
const SCHEMA = 'response_format.json_schema';
const FORMAT_MEMBERS = new Set(['type', 'json_schema']);
const SCHEMA_MEMBERS = new Set(['name', 'description', 'schema', 'strict']);

/** Checks the shape of `response_format`. */
export function checkResponseFormat(value: unknown): void {
  checkObject(value, PARAM);
  if (value.type === undefined) throw missing(`${PARAM}.type`);
  checkEnum(value.type, `${PARAM}.type`, ['json_object', 'json_schema', 'text']);
  checkMembers(value, PARAM, FORMAT_MEMBERS);
  if (value.type === 'json_schema') checkJsonSchema(value.json_schema);
}

function checkJsonSchema(value: unknown): void {
  if (value === undefined) throw missing(SCHEMA);
  checkObject(value, SCHEMA);
  checkName(value.name, `${SCHEMA}.name`);
  if (value.description !== undefined) checkString(value.description, `${SCHEMA}.description`);
  if (value.schema === undefined) throw missing(`${SCHEMA}.schema`);
  checkObject(value.schema, `${SCHEMA}.schema`);
  if (value.strict !== undefined && value.strict !== null) checkBoolean(value.strict, `${SCHEMA}.strict`);
  checkMembers(value, SCHEMA, SCHEMA_MEMBERS);
}

/** Checks what the format asks of the rest of the request, and its schema. */
export function checkFormatUse({ response_format: format, messages }: ChatRequest): void {
  if (format?.type === 'json_object') checkMentionsJson(messages);
  if (format?.type !== 'json_schema') return;
  const { name, schema, strict } = format.json_schema;
  checkSchema(schema, { name: `response_format '${name}'`, param: PARAM, code: null }, strict === true);
}
