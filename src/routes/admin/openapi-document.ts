import { z } from 'zod';
import type { AdminMethod, AdminOperation } from './admin-operation.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The shape of every error. */
const errorResponse = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

/** The OpenAPI 3.1 document of these operations; its schemas are JSON Schema of draft 2020-12, as 3.1 wants them. */
export function describeOperations(operations: readonly AdminOperation[]): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Banyan admin API', version: '1' },
    servers: [{ url: '/api' }],
    paths: describePaths(operations),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      responses: { error: jsonContent('The request failed.', toSchema(errorResponse, 'output')) },
    },
  };
}

function describePaths(operations: readonly AdminOperation[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const item = paths[operation.path] ?? {};
    for (const method of operation.methods) item[method] = describeOperation(operation, method);
    paths[operation.path] = item;
  }
  return paths;
}

function describeOperation(operation: AdminOperation, method: AdminMethod): object {
  const { params, query, body } = operation.input;
  return {
    operationId: operationId(operation.path, method),
    summary: operation.summary,
    description: operation.role === 'none' ? 'Needs no login.' : `Needs the role ${operation.role}.`,
    security: operation.role === 'none' ? [] : [{ bearer: [] }],
    parameters: [...describeParameters('path', params), ...describeParameters('query', query)],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: toSchema(body, 'input') } },
          },
        }),
    responses: {
      [operation.status]: jsonContent('Done.', toSchema(operation.response, 'output')),
      default: { $ref: '#/components/responses/error' },
    },
  };
}

/** Such as `getAdminModelsId`. */
function operationId(path: string, method: AdminMethod): string {
  const words = path.split(/[^a-zA-Z]+/).filter((word) => word !== '');
  return [method, ...words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)].join('');
}

function describeParameters(place: 'path' | 'query', parameters: z.ZodObject | undefined): object[] {
  if (parameters === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(parameters, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema,
  }));
}

function jsonContent(description: string, schema: Schema): object {
  return { description, content: { 'application/json': { schema } } };
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
