import { describe } from 'vitest';
import { accepts, type RefusalCase, refuses } from './refusal-cases.ts';

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tool = { type: 'function', function: { name: 'find', parameters } };

describe('tools', () => {
  const strict = (schema: object) => ({
    tools: [{ type: 'function', function: { name: 'find', strict: true, parameters: schema } }],
  });
  const schemaFault = (name: string, fields: object, fault: string): RefusalCase => ({
    name,
    fields,
    message: `Invalid schema for function 'find': ${fault}`,
    param: 'tools[0].function.parameters',
    code: 'invalid_function_parameters',
  });
  refuses([
    {
      name: 'an empty list',
      fields: { tools: [] },
      message:
        "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      param: 'tools',
      code: 'empty_array',
    },
    {
      name: '129 tools',
      fields: { tools: Array.from({ length: 129 }, () => tool) },
      message:
        "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 129 instead.",
      param: 'tools',
      code: 'array_above_max_length',
    },
    {
      name: 'another type of tool',
      fields: { tools: [{ type: 'web_search' }] },
      message: "Invalid value: 'web_search'. Supported values are: 'function'.",
      param: 'tools[0].type',
      code: 'invalid_value',
    },
    {
      name: 'a tool in the shape of another provider',
      fields: { tools: [{ name: 'find', input_schema: parameters }] },
      message: "Missing required parameter: 'tools[0].type'.",
      param: 'tools[0].type',
      code: 'missing_required_parameter',
    },
    {
      name: 'a name with a dot',
      fields: { tools: [{ type: 'function', function: { name: 'web.find' } }] },
      message:
        "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
      param: 'tools[0].function.name',
      code: 'invalid_value',
    },
    {
      name: 'a name of 65 characters',
      fields: { tools: [{ type: 'function', function: { name: 'n'.repeat(65) } }] },
      message:
        "Invalid 'tools[0].function.name': string too long. Expected a string with maximum length 64, but got a string with length 65 instead.",
      param: 'tools[0].function.name',
      code: 'string_above_max_length',
    },
    {
      name: 'an empty name',
      fields: { tools: [{ type: 'function', function: { name: '' } }] },
      message:
        "Invalid 'tools[0].function.name': empty string. Expected a string with minimum length 1, but got an empty string instead.",
      param: 'tools[0].function.name',
      code: 'empty_string',
    },
    {
      name: 'tool_choice without tools',
      fields: { tool_choice: 'auto' },
      message: "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      param: 'tool_choice',
      code: null,
    },
    {
      name: 'parallel_tool_calls without tools',
      fields: { parallel_tool_calls: false },
      message:
        "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
      param: 'parallel_tool_calls',
      code: null,
    },
    {
      name: 'an unknown tool_choice',
      fields: { tools: [tool], tool_choice: 'any' },
      message: "Invalid value: 'any'. Supported values are: 'none', 'auto', and 'required'.",
      param: 'tool_choice',
      code: 'invalid_value',
    },
    {
      name: 'a tool_choice of another shape',
      fields: { tools: [tool], tool_choice: { type: 'tool', name: 'find' } },
      message: "Missing required parameter: 'tool_choice.function'.",
      param: 'tool_choice.function',
      code: 'missing_required_parameter',
    },
    {
      name: 'a tool_choice of a tool that is not there',
      fields: { tools: [tool], tool_choice: { type: 'function', function: { name: 'lose' } } },
      message:
        "Invalid value for 'function_call': no function named 'lose' was specified in the 'functions' parameter.",
      param: 'function_call',
      code: null,
    },
    schemaFault(
      'parameters without a type',
      { tools: [{ type: 'function', function: { name: 'find', parameters: {} } }] },
      `schema must be a JSON Schema of 'type: "object"', got 'type: "None"'.`,
    ),
    schemaFault(
      'an array without items',
      {
        tools: [
          {
            type: 'function',
            function: {
              name: 'find',
              parameters: { type: 'object', properties: { ids: { type: 'array' } } },
            },
          },
        ],
      },
      "In context=('properties', 'ids'), array schema missing items.",
    ),
    schemaFault(
      'a strict schema that is open',
      strict(parameters),
      "In context=(), 'additionalProperties' is required to be supplied and to be false.",
    ),
    schemaFault(
      'a strict schema with an optional property',
      strict({ ...parameters, additionalProperties: false, required: [] }),
      "In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'city'.",
    ),
    schemaFault(
      'a strict schema that is open further in',
      strict({
        type: 'object',
        properties: { place: { type: 'object', properties: {}, required: [] } },
        required: ['place'],
        additionalProperties: false,
      }),
      "In context=('properties', 'place'), 'additionalProperties' is required to be supplied and to be false.",
    ),
    schemaFault(
      'a strict schema with oneOf',
      strict({
        type: 'object',
        properties: { place: { oneOf: [{ type: 'string' }] } },
        required: ['place'],
        additionalProperties: false,
      }),
      "In context=('properties', 'place'), 'oneOf' is not permitted.",
    ),
  ]);
  accepts([
    ['a tool without parameters', { tools: [{ type: 'function', function: { name: 'find' } }] }],
    ['an open schema that is not strict', { tools: [tool], tool_choice: 'none', parallel_tool_calls: true }],
    ['a strict schema that is closed', strict({ ...parameters, additionalProperties: false })],
  ]);
});

describe('response_format', () => {
  const format = (json_schema: object) => ({ response_format: { type: 'json_schema', json_schema } });
  refuses([
    {
      name: 'an unknown type',
      fields: { response_format: { type: 'yaml' } },
      message: "Invalid value: 'yaml'. Supported values are: 'json_object', 'json_schema', and 'text'.",
      param: 'response_format.type',
      code: 'invalid_value',
    },
    {
      name: 'JSON mode that no message mentions',
      fields: { response_format: { type: 'json_object' } },
      message:
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      param: 'messages',
      code: null,
    },
    {
      name: 'a schema without a name',
      fields: format({ schema: parameters }),
      message: "Missing required parameter: 'response_format.json_schema.name'.",
      param: 'response_format.json_schema.name',
      code: 'missing_required_parameter',
    },
    {
      name: 'a name with a dot',
      fields: format({ name: 'answer.v1', schema: parameters }),
      message:
        "Invalid 'response_format.json_schema.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
      param: 'response_format.json_schema.name',
      code: 'invalid_value',
    },
    {
      name: 'a format without a schema',
      fields: format({ name: 'answer' }),
      message: "Missing required parameter: 'response_format.json_schema.schema'.",
      param: 'response_format.json_schema.schema',
      code: 'missing_required_parameter',
    },
    {
      name: 'a schema that is a list',
      fields: format({ name: 'answer', schema: { type: 'array', items: { type: 'string' } } }),
      message: `Invalid schema for response_format 'answer': schema must be a JSON Schema of 'type: "object"', got 'type: "array"'.`,
      param: 'response_format',
      code: null,
    },
    {
      name: 'a strict schema with an optional property',
      fields: format({
        name: 'answer',
        strict: true,
        schema: { ...parameters, additionalProperties: false, required: [] },
      }),
      message:
        "Invalid schema for response_format 'answer': In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'city'.",
      param: 'response_format',
      code: null,
    },
  ]);
});
