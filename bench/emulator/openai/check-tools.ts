import type { ChatRequest } from './chat-request.ts';
import { checkSchema } from './check-schema.ts';
import {
  checkArray,
  checkBoolean,
  checkEnum,
  checkMembers,
  checkName,
  checkObject,
  checkString,
  invalidType,
  invalidValue,
  isObject,
  type JsonObject,
  missing,
} from './check-value.ts';
import { badRequest } from './refusal.ts';

const MAX_TOOLS = 128;
const TOOL_MEMBERS = new Set(['type', 'function']);
const FUNCTION_MEMBERS = new Set(['name', 'description', 'parameters', 'strict']);
const CHOICES = ['none', 'auto', 'required'];

/** Checks the shape of `tools`; the schemas inside come last, in `checkToolSchemas`. */
export function checkTools(value: unknown): void {
  checkArray(value, 'tools', 'an array of objects', MAX_TOOLS);
  for (const [index, tool] of value.entries()) {
    const param = `tools[${index}]`;
    checkObject(tool, param);
    if (tool.type === undefined) throw missing(`${param}.type`);
    checkEnum(tool.type, `${param}.type`, ['function']);
    if (tool.function === undefined) throw missing(`${param}.function`);
    checkFunction(tool.function, `${param}.function`);
    checkMembers(tool, param, TOOL_MEMBERS);
  }
}

/** Checks the deprecated `functions`. */
export function checkFunctions(value: unknown): void {
  checkArray(value, 'functions', 'an array of function definitions', MAX_TOOLS);
  for (const [index, each] of value.entries()) checkFunction(each, `functions[${index}]`);
}

function checkFunction(definition: unknown, param: string): void {
  checkObject(definition, param);
  checkName(definition.name, `${param}.name`);
  if (definition.description !== undefined) checkString(definition.description, `${param}.description`);
  if (definition.parameters !== undefined) checkObject(definition.parameters, `${param}.parameters`);
  if (definition.strict !== undefined && definition.strict !== null) {
    checkBoolean(definition.strict, `${param}.strict`);
  }
  checkMembers(definition, param, FUNCTION_MEMBERS);
}

/** Checks the shape of `tool_choice`. */
export function checkToolChoice(value: unknown): void {
  if (typeof value === 'string') {
    if (!CHOICES.includes(value)) throw invalidValue('tool_choice', value, CHOICES);
    return;
  }
  if (!isObject(value)) {
    const expected = "one of one of 'none', 'auto', or 'required' or object";
    throw invalidType('tool_choice', expected, value);
  }
  checkNamedChoice(value);
}

function checkNamedChoice(choice: JsonObject): void {
  if (choice.function === undefined) throw missing('tool_choice.function');
  checkObject(choice.function, 'tool_choice.function');
  checkName(choice.function.name, 'tool_choice.function.name');
  if (choice.type === undefined) throw missing('tool_choice.type');
  checkEnum(choice.type, 'tool_choice.type', ['function']);
  checkMembers(choice, 'tool_choice', TOOL_MEMBERS);
}

/** Checks the shape of the deprecated `function_call`. */
export function checkFunctionChoice(value: unknown): void {
  if (typeof value === 'string') checkEnum(value, 'function_call', ['none', 'auto']);
  else {
    checkObject(value, 'function_call', "one of one of 'none' or 'auto' or object");
    checkName(value.name, 'function_call.name');
  }
}

/** Checks that what chooses among tools has tools to choose from. */
export function checkToolUse(request: ChatRequest): void {
  const { tools, functions, tool_choice: choice, function_call: call } = request;
  if (!tools) {
    if (choice) throw onlyWith('tool_choice', 'tools');
    if (request.parallel_tool_calls !== undefined && request.parallel_tool_calls !== null) {
      throw onlyWith('parallel_tool_calls', 'tools');
    }
  }
  if (!functions && call) throw onlyWith('function_call', 'functions');
  if (tools && isObject(choice)) {
    checkDeclared(
      choice.function.name,
      tools.map((tool) => tool.function.name),
    );
  }
  if (functions && isObject(call)) {
    checkDeclared(
      call.name,
      functions.map((each) => each.name),
    );
  }
}

function onlyWith(param: string, needed: string): Error {
  const text = `Invalid value for '${param}': '${param}' is only allowed when '${needed}' are specified.`;
  return badRequest(text, param);
}

/** The provider words this one by the deprecated parameters, whichever are used. */
function checkDeclared(name: string, declared: readonly string[]): void {
  if (declared.includes(name)) return;
  const text = `Invalid value for 'function_call': no function named '${name}' was specified in the 'functions' parameter.`;
  throw badRequest(text, 'function_call');
}

/** Checks the parameter schemas of tools and functions. */
export function checkToolSchemas(request: ChatRequest): void {
  const tools = (request.tools ?? []).map((tool) => tool.function);
  for (const [param, definitions] of [
    ['tools[#].function.parameters', tools],
    ['functions[#].parameters', request.functions ?? []],
  ] as const) {
    for (const [index, definition] of definitions.entries()) {
      if (definition.parameters === undefined) continue;
      const owner = {
        name: `function '${definition.name}'`,
        param: param.replace('#', String(index)),
        code: 'invalid_function_parameters',
      };
      checkSchema(definition.parameters, owner, definition.strict === true);
    }
  }
}
