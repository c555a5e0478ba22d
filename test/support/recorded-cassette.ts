import { gunzipSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** A request and its answer in the form in which any recorder may have kept them. */
export interface RawExchange {
  readonly method: string;
  /** Path and query, with or without the host; undefined where only the answer was kept. */
  readonly url: string | undefined;
  readonly request: string | undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Ruby writes its binary strings under a tag of its own. */
const RUBY_BINARY = { tag: '!binary', resolve: (text: string) => Buffer.from(text, 'base64') };

const text = z.union([z.string(), z.instanceof(Uint8Array)]);
const headerValue = z.union([z.string(), z.array(z.string()), z.number()]).transform(String);

/** The places in which one recorder or another keeps a body. */
const bodyPlaces = {
  body: z.union([text, z.looseObject({ string: text.nullish() })]).nullish(),
  content: text.optional(),
  parsed_body: z.json().optional(),
  jsonBody: z.json().optional(),
  // Of a stream it would be one element an event; none of the recordings is one.
  bodySegments: z.array(z.json()).max(1).optional(),
};

const requestSchema = z.looseObject({
  method: z.string(),
  url: z.string().optional(),
  uri: z.string().optional(),
  path: z.string().optional(),
  ...bodyPlaces,
});

const responseSchema = z.looseObject({
  status: z.union([z.number(), z.string(), z.looseObject({ code: z.number() })]).optional(),
  status_code: z.number().optional(),
  statusCode: z.number().optional(),
  code: z.number().optional(),
  headers: z.record(z.string(), headerValue).optional(),
  header: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  ...bodyPlaces,
});

type RecordedResponse = z.output<typeof responseSchema>;

/** Request and answer under the recorders' names for them, or the answer alone. */
const interactionSchema = z.record(z.string(), z.unknown());

const cassetteSchema = z.union([
  z.object({ interactions: z.array(interactionSchema) }).transform((file) => file.interactions),
  z.object({ http_interactions: z.array(interactionSchema) }).transform((file) => file.http_interactions),
  interactionSchema.transform((interaction) => [interaction]),
]);

/**
 * The exchanges of a cassette in YAML or JSON, of any of the recorders that FORMAT.md names: they differ in where they
 * keep a status and a body, and agree in all else.
 * @throws ZodError where it is none
 */
export function readCassette(file: string): RawExchange[] {
  const documents: readonly { toJS(): unknown }[] = parseAllDocuments(file, { customTags: [RUBY_BINARY] });
  return documents.flatMap((document) => cassetteSchema.parse(document.toJS()).map(toRaw));
}

function toRaw(interaction: z.output<typeof interactionSchema>): RawExchange {
  const sent = interaction.request ?? interaction.when;
  const request = sent === undefined ? undefined : requestSchema.parse(sent);
  const response = responseSchema.parse(interaction.response ?? interaction.then ?? interaction);
  return {
    method: request?.method ?? 'POST',
    url: request?.url ?? request?.uri ?? request?.path,
    request: request && bodyOf(request)?.toString('utf8'),
    status: statusOf(response),
    headers: headersOf(response),
    body: bodyOf(response) ?? Buffer.alloc(0),
  };
}

/** A status text such as `200 OK` stands beside its number, in `code`. */
function statusOf({ status, status_code, statusCode, code }: RecordedResponse): number {
  const known = code ?? status_code ?? statusCode ?? (typeof status === 'object' ? status.code : status);
  if (typeof known === 'number') return known;
  throw new Error('The recording says no status.');
}

function headersOf({ headers, header }: RecordedResponse): Record<string, string> {
  return headers ?? Object.fromEntries((header ?? []).map(({ name, value }) => [name, value]));
}

type BodyPlaces = Pick<RecordedResponse, keyof typeof bodyPlaces>;

function bodyOf({ body, content, parsed_body, jsonBody, bodySegments }: BodyPlaces): Buffer | undefined {
  const document = parsed_body ?? jsonBody ?? bodySegments?.[0];
  if (document !== undefined) return Buffer.from(JSON.stringify(document));
  const kept = content ?? body;
  if (typeof kept === 'string' || kept instanceof Uint8Array) return unpacked(kept);
  return kept?.string ? unpacked(kept.string) : undefined;
}

/** Some recorders keep a body as it was packed on the wire. */
function unpacked(kept: string | Uint8Array): Buffer {
  const bytes = Buffer.from(kept);
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}
