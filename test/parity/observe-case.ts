import type { RecordedRequest } from '../../bench/emulator/emulator.ts';
import { type EmulatedGateway, MODEL, postChat } from '../support/emulated-gateway.ts';
import type { ParityCase } from './corpus.ts';

/** Everything of an exchange that a client or a provider can see, with ids and times made equal. */
export interface Observation {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed document; undefined for a stream. */
  readonly answer: unknown;
  /** The stream's events in order, framing aside; undefined for a document. */
  readonly events: readonly unknown[] | undefined;
  /** The requests that the provider got. */
  readonly provider: readonly unknown[];
}

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

/** Sends a case with a key and gives what was to be seen of it. */
export async function observeCase(
  gateway: EmulatedGateway,
  key: string,
  parityCase: ParityCase,
): Promise<Observation> {
  gateway.emulator.clear();
  const response = await postChat(gateway, {
    key,
    body: { model: MODEL, ...parityCase.body },
    ...(parityCase.path === undefined ? {} : { path: parityCase.path }),
    ...(parityCase.headers === undefined ? {} : { headers: parityCase.headers }),
  });
  const text = normalise(await response.text());
  const isStream = (response.headers.get('content-type') ?? '').startsWith('text/event-stream');
  return {
    status: response.status,
    headers: pickHeaders([...response.headers], IGNORED_HEADERS),
    answer: isStream ? undefined : parse(text),
    events: isStream ? readEvents(text) : undefined,
    provider: gateway.emulator.requests.map(describeRequest),
  };
}

function describeRequest({ method, path, headers, body }: RecordedRequest): object {
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { method, path, headers: pickHeaders(pairs, CONNECTION_HEADERS), body };
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
    .replace(/req_[0-9a-f]{32}/g, 'req_ID')
    .replace(/"created":\d+/g, '"created":0');
}

/** Each event as its name, comments and data; data as JSON where it is. */
function readEvents(text: string): unknown[] {
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
