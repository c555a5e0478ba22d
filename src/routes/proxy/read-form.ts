import { GatewayError } from '../../core/gateway-error.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FormPayload } from '../../core/provider-call.ts';

/** A client's form, read. */
export interface ClientForm {
  /** The text fields by name; of a name that stands twice the last. `stream` is a boolean where it is one in words. */
  readonly fields: JsonObject;
  /** The form as it goes to the provider, with the provider's model identifier. */
  encode(modelIdentifier: string): Promise<FormPayload>;
}

/** Whether a body of this content type is a form. */
export function isForm(contentType: string | undefined): contentType is string {
  return /^multipart\/form-data\s*;/i.test(contentType ?? '');
}

/** @throws GatewayError `invalid_body` where it cannot be read */
export async function readForm(bytes: Buffer, contentType: string): Promise<ClientForm> {
  const form = await parse(bytes, contentType);
  return {
    fields: textFields(form),
    async encode(modelIdentifier) {
      form.set('model', modelIdentifier);
      const encoded = new Response(form);
      return {
        contentType: encoded.headers.get('content-type') ?? '',
        bytes: Buffer.from(await encoded.arrayBuffer()),
      };
    },
  };
}

async function parse(bytes: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw new GatewayError('invalid_body', 'The request body is not a readable form.', { cause });
  }
}

function textFields(form: FormData): JsonObject {
  const fields: Record<string, string | boolean> = {};
  for (const [name, value] of form) {
    if (typeof value !== 'string') continue;
    fields[name] = name === 'stream' && (value === 'true' || value === 'false') ? value === 'true' : value;
  }
  return fields;
}
