import { z } from 'zod';
import type { RecordedRequest } from '../../bench/emulator/emulator.ts';
import { OUTCOME_KINDS } from '../../src/core/call-outcome.ts';
import type { PathName } from '../../src/core/route-decision.ts';
import { type AssembledStream, assembleChunks } from '../../src/services/request-log/assemble-chunks.ts';
import { type EmulatedGateway, postChat } from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';
import type { CaseDialect, ParityCase } from './corpus/parity-case.ts';

/** Everything of an exchange that a client or a provider can see, with ids and times made equal. */
export interface Observation {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed document; undefined for a stream. */
  readonly answer: unknown;
  /** The stream's events in order, framing aside; undefined for a document. */
  readonly events: readonly unknown[] | undefined;
  /** What a client makes of a stream of chunks; undefined for anything else. */
  readonly assembled: AssembledStream | undefined;
  /** How the gateway counted the request. */
  readonly outcome: string;
  /** The requests that the provider got. */
  readonly provider: readonly unknown[];
}

/** The model of each dialect, by the name that clients send. */
export const PARITY_MODELS: Readonly<Record<CaseDialect, string>> = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-sonnet-4-5',
  google: 'gemini-2.5-flash',
  deepseek: 'deepseek-chat',
};

/** Headers that say which path answered and when, or that belong to the connection. */
const IGNORED_HEADERS = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'server-timing',
  'transfer-encoding',
  'x-gateway-path',
  'x-gateway-reason',
  'x-request-id',
]);
const CONNECTION_HEADERS = new Set(['connection', 'content-length', 'host']);

/**
 * Sends a case with a key and gives what was to be seen of it.
 * @throws Error where another path answered than the one that was to be observed
 */
export async function observeCase(
  gateway: EmulatedGateway,
  { key, path }: { readonly key: string; readonly path: PathName },
  parityCase: ParityCase,
): Promise<Observation> {
  gateway.emulator.clear();
  const response = await send(gateway, key, parityCase);
  const answering = response.headers.get('x-gateway-path');
  if (answering !== path) throw new Error(`${parityCase.name}: answered by ${answering}, not ${path}.`);
  const contentType = response.headers.get('content-type') ?? '';
  const bytes = Buffer.from(await response.arrayBuffer());
  // Sound is no text: as one, different bytes could look the same.
  const text = contentType.startsWith('audio/')
    ? bytes.toString('base64')
    : normalise(bytes.toString('utf8'));
  const isStream = contentType.startsWith('text/event-stream');
  const events = isStream ? readEvents(text) : undefined;
  return {
    status: response.status,
    headers: pickHeaders([...response.headers], IGNORED_HEADERS),
    answer: isStream ? undefined : parse(text),
    events,
    assembled: events === undefined ? undefined : assembleChunks(events.map(({ data }) => data)),
    outcome: await outcomeOf(gateway, response.headers.get('x-request-id') ?? ''),
    provider: gateway.emulator.requests.map(describeRequest),
  };
}

function send(gateway: EmulatedGateway, key: string, parityCase: ParityCase): Promise<Response> {
  const { dialect, body, path = '/v1/chat/completions', headers = {}, file } = parityCase;
  const named = { model: PARITY_MODELS[dialect], ...body };
  if (file === undefined) return postChat(gateway, { key, body: named, path, headers });
  const form = new FormData();
  for (const [name, value] of Object.entries(named)) form.append(name, String(value));
  form.append(file.field, new Blob(['not much of a file'], { type: file.type }), file.name);
  return fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: form,
  });
}

/** The log has it once the answer has gone out in whole. */
async function outcomeOf({ logLines }: EmulatedGateway, requestId: string): Promise<string> {
  const find = () => logLines.findLast((line) => line.includes(requestId) && line.includes('"outcome"'));
  await eventually(() => find() !== undefined);
  const { outcome } = outcomeSchema.parse(JSON.parse(find() ?? ''));
  return outcome;
}

const outcomeSchema = z.object({ outcome: z.enum(OUTCOME_KINDS) });

/** The query apart from the path, and the boundary of a form made equal. */
function describeRequest({ method, path, headers, body }: RecordedRequest): object {
  const url = new URL(path, 'http://provider');
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  const query = Object.fromEntries(url.searchParams);
  return { method, path: url.pathname, query, headers: pickHeaders(pairs, CONNECTION_HEADERS), body };
}

function pickHeaders(
  pairs: readonly (readonly [string, string])[],
  ignored: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries(
    pairs.filter(([name]) => !ignored.has(name)).map(([name, value]) => [name, normalise(value)]),
  );
}

/** Ids and times differ between any two requests, by whichever path. */
function normalise(text: string): string {
  return text
    .replace(/chatcmpl-[0-9a-z]+/g, 'chatcmpl-ID')
    .replace(/call_[0-9a-z]{10,}/g, 'call_ID')
    .replace(/\b(msg|toolu|srvtoolu)_01[0-9A-Z]{20,}/g, '$1_ID')
    .replace(/\banthropic-\d{10,}/g, 'anthropic-ID')
    .replace(/\bportkey-[0-9a-f]{8}-[0-9a-f-]{27}/g, 'portkey-ID')
    .replace(/\bgoogle-\d{10,}/g, 'google-ID')
    .replace(/\bemu-[0-9a-z]{20}/g, 'emu-ID')
    .replace(/req_[0-9a-zA-Z]{20,}/g, 'req_ID')
    .replace(/boundary=\S+/g, 'boundary=B')
    .replace(/\b(cmpl-|modr-|resp_|msg_|fc_|rs_)0{10,}[0-9a-z]*/g, '$1ID')
    .replace(/"(created|created_at)":\d+/g, '"$1":0');
}

/** Each event as its name, comments and data; data as JSON where it is. */
function readEvents(text: string) {
  const blocks = text.split(/\r?\n\r?\n/).filter((block) => block !== '');
  return blocks.map((block) => {
    const lines = block.split(/\r?\n/);
    const field = (name: string) =>
      lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length).trim());
    return {
      event: field('event:')[0] ?? null,
      comments: field(':'),
      data: parse(field('data:').join('\n')),
    };
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: then the text itself is what is compared.
    return text;
  }
}
