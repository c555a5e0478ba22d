import { isJsonObject, type JsonObject, parseJson } from '../../src/core/json.ts';
import { type RawExchange, readCassette } from './recorded-cassette.ts';
import { framedStreams } from './recorded-frames.ts';
import { type IndexedRecording, readRecording } from './recordings.ts';

/** One exchange with a provider, as it went over the wire. */
export interface RecordedExchange {
  /** Below the folder of the recordings. */
  readonly file: string;
  /** Position in the file, from 0. */
  readonly index: number;
  readonly method: string;
  /** Without host and query; undefined where only the answer was kept. */
  readonly path: string | undefined;
  /** Undefined where it was not kept. */
  readonly host: string | undefined;
  /** The request's body; undefined where none was kept. */
  readonly request: JsonObject | undefined;
  readonly status: number;
  /** In lower case, without what describes the original wire; the content type is always there. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Whether the body is a stream of server-sent events. */
  readonly isStream: boolean;
}

const NO_HOST = 'http://unknown.invalid';
/** What describes a connection that is no more, and cookies, which the recordings have blanked. */
const WIRE_HEADERS =
  /^(content-(encoding|length)|transfer-encoding|connection|keep-alive|trailer|set-cookie)$/;

/**
 * The exchanges of one recording in their order; none where the file holds no HTTP answer.
 * @throws Error where the file's kind is not known, or the file is not of its kind
 */
export function readExchanges({ path, kind }: IndexedRecording): RecordedExchange[] {
  return readRaw(path, kind).map((raw, index) => toExchange(path, index, raw));
}

function readRaw(path: string, kind: string): RawExchange[] {
  const bytes = readRecording(path);
  if (kind.startsWith('cassette ')) return readCassette(bytes.toString('utf8'));
  switch (kind) {
    case 'raw sse':
      return [answerOnly(200, bytes)];
    case 'sse chunks, one JSON per line':
      return framedStreams(bytes.toString('utf8')).map((body) => answerOnly(200, body));
    case 'response json':
      return [answerOnly(Number(/\berror-(\d{3})\b/.exec(path)?.[1] ?? 200), bytes)];
    case 'recorded fetch json':
    case 'wiremock stub json':
    case 'recording js-genai json':
      return readCassette(bytes.toString('utf8'));
    case 'expected counts json':
      return [];
    default:
      throw new Error(`${path} is of a kind that is not known: ${kind}.`);
  }
}

function answerOnly(status: number, body: Buffer): RawExchange {
  return { method: 'POST', url: undefined, request: undefined, status, headers: {}, body };
}

function toExchange(file: string, index: number, raw: RawExchange): RecordedExchange {
  const url = raw.url === undefined ? undefined : new URL(raw.url, NO_HOST);
  const request = raw.request === undefined ? undefined : parseJson(raw.request);
  const isStream = /^(event:|data:|:)/.test(raw.body.subarray(0, 16).toString('utf8'));
  return {
    file,
    index,
    method: raw.method.toUpperCase(),
    path: url?.pathname,
    host: url?.origin === NO_HOST ? undefined : url?.hostname,
    request: isJsonObject(request) ? request : undefined,
    status: raw.status,
    headers: endToEnd(raw.headers, isStream),
    body: raw.body,
    isStream,
  };
}

function endToEnd(headers: Readonly<Record<string, string>>, isStream: boolean): Record<string, string> {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    'content-type': isStream ? 'text/event-stream' : 'application/json',
    ...Object.fromEntries(named.filter(([name]) => !WIRE_HEADERS.test(name))),
  };
}
