import { expect } from 'vitest';
import { z } from 'zod';
import { isJsonObject } from '../../src/core/json.ts';

/** Answers of the admin API, held against the document that it gives of itself. */
export interface DocumentedAnswers {
  /** Every operation of the document, such as `GET /admin/models/{id}`. */
  readonly operations: readonly string[];
  /**
   * Fails the test where an answer is not as the document has it.
   * @param path below `/api`
   * @returns the operation that gave the answer; undefined for an error
   */
  check(method: string, path: string, status: number, answer: unknown): string | undefined;
}

/** A JSON Schema, as zod reads it back. */
const jsonSchema = z.custom<Parameters<typeof z.fromJSONSchema>[0]>(isJsonObject);
const content = z.object({ 'application/json': z.object({ schema: jsonSchema }) });
const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({ responses: z.record(z.string(), z.looseObject({ content: content.optional() })) }),
    ),
  ),
  components: z.object({ responses: z.object({ error: z.object({ content }) }) }),
});

/** Reads the document. @param url of the API, with `/api` */
export async function readDocumentedAnswers(url: string): Promise<DocumentedAnswers> {
  const document = documentSchema.parse(await (await fetch(`${url}/openapi.json`)).json());
  const { paths, components } = document;
  const templates = Object.keys(paths);
  return {
    operations: templates.flatMap((path) =>
      Object.keys(paths[path] ?? {}).map((method) => nameOf(method, path)),
    ),
    check(method, path, status, answer) {
      if (status >= 400) {
        expectSchema(components.responses.error.content, answer, `${method} ${path} fails as documented`);
        return undefined;
      }
      const template = findTemplate(templates, new URL(path, 'http://host').pathname);
      const described = paths[template]?.[method.toLowerCase()]?.responses[String(status)];
      if (described?.content === undefined)
        throw new Error(`${method} ${path} has no answer ${status} in the document.`);
      expectSchema(described.content, answer, `${method} ${path} answers as documented`);
      return nameOf(method, template);
    },
  };
}

function nameOf(method: string, template: string): string {
  return `${method.toUpperCase()} ${template}`;
}

/** As the router does, a path without a parameter goes before one with. */
function findTemplate(templates: readonly string[], pathname: string): string {
  if (templates.includes(pathname)) return pathname;
  const found = templates.find((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  if (found === undefined) throw new Error(`${pathname} is not in the document.`);
  return found;
}

function expectSchema(described: z.output<typeof content>, answer: unknown, message: string): void {
  const { schema } = described['application/json'];
  if (schema === undefined) throw new Error('The document has an answer without a schema.');
  const result = z.fromJSONSchema(schema).safeParse(answer);
  expect(result.error?.issues ?? [], message).toEqual([]);
}
