import { answerDialectOf } from '../core/answer-dialect.ts';
import { outcomeOfAnswer } from '../core/buffered-answer.ts';
import type { CallOutcome } from '../core/call-outcome.ts';
import { EventStreamTap } from '../core/event-stream-tap.ts';
import { expectedChoices } from '../core/expected-choices.ts';
import type { JsonObject } from '../core/json.ts';
import type { ProviderCall } from '../core/provider-call.ts';
import { relayEventStream } from '../core/relay-event-stream.ts';
import type { Reply } from '../core/request-path.ts';
import { withoutKey, withoutKeyInside } from './error-answer.ts';
import { pickReplyHeaders } from './reply-headers.ts';
import {
  bufferedReply,
  type ErrorWriting,
  errorReply,
  isJson,
  notAStream,
  readBody,
  readDocument,
  timingsOf,
  type UpstreamAnswer,
} from './upstream-answer.ts';
import { toUpstreamFault, type UpstreamTransport } from './upstream-transport.ts';

/** The parts of a request that are the same for every call to one endpoint of one account. */
export interface PreparedRequest {
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A call to a provider that speaks the client's own dialect. */
export interface Relay {
  readonly call: ProviderCall;
  readonly request: PreparedRequest;
  /** The body where it is no form. */
  readonly body: JsonObject;
  /** Headers over the prepared ones. */
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: ErrorWriting;
  /** What is put into every whole document; undefined leaves the bytes as they are. */
  readonly addedFields: JsonObject | undefined;
  /** The field that a transcript which comes as text is put into; left out, the text stays as it is. */
  readonly textField?: string | undefined;
}

/**
 * Sends a call and relays its answer byte for byte, reading along. Only 2xx answers are relayed; an error answer is
 * written anew under the provider's status.
 * @throws GatewayError for faults before the first byte that are no answer of the provider
 */
export async function relayCall(
  relay: Relay,
  transport: UpstreamTransport,
  signal: AbortSignal,
): Promise<Reply> {
  const { call } = relay;
  const answer = await send(relay, transport, signal);
  if (answer.response.statusCode >= 300) return errorReply(call, answer, relay.errors);
  const isStream = asksForStream(relay);
  if (isJson(answer) && isStream) throw await notAStream(call, answer);
  if (isStream || isEventStream(answer)) return streamReply(relay, answer, signal);
  if (isJson(answer) || !isAudio(call)) return wholeReply(relay, answer);
  return isText(answer) ? textReply(relay, answer) : bytesReply(answer);
}

/** By what goes to the provider: it may be asked for less than the client asked for. */
function asksForStream({ call, body }: Relay): boolean {
  return call.form === undefined ? body.stream === true : call.stream;
}

async function send(
  { call, request, body, headers }: Relay,
  transport: UpstreamTransport,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  const contentType = call.form === undefined ? {} : { 'content-type': call.form.contentType };
  const content = call.form?.bytes ?? JSON.stringify(body);
  const sentAt = performance.now();
  const response = await transport.post({
    origin: request.origin,
    path: request.path,
    headers: { ...request.headers, ...headers, ...contentType },
    body: content,
    signal,
  });
  return { response, sentAt };
}

async function streamReply(
  { call, body: sent }: Relay,
  { response, sentAt }: UpstreamAnswer,
  signal: AbortSignal,
): Promise<Reply> {
  const dialect = answerDialectOf(call.endpoint);
  const { body, outcome } = await relayEventStream({
    source: response.body,
    release: () => response.body.destroy(),
    sentAt,
    dialect,
    limits: call.limits,
    reader: new EventStreamTap({
      dialect,
      choices: expectedChoices(call.endpoint, sent),
      withholdUsage: call.withholdUsage,
      endsAtError: true,
      redact: (data) => withoutKeyInside(data, call.provider.apiKey),
      redactText: (text) => withoutKey(text, call.provider.apiKey),
    }),
    signal,
    manner: 'strict',
    toFault: (error) => toUpstreamFault(error, true),
  });
  return { status: response.statusCode, headers: pickReplyHeaders(response.headers), body, outcome };
}

async function wholeReply({ call, addedFields }: Relay, answer: UpstreamAnswer): Promise<Reply> {
  const { bytes, document } = await readDocument(answer);
  const outcome = outcomeOfAnswer(call.endpoint, answer.response.statusCode, document, timingsOf(answer));
  if (outcome.kind !== 'success') return faultReply({ call, addedFields }, answer, document);
  const written = addedFields === undefined ? bytes : writeDocument(document, addedFields);
  return bufferedReply(answer, written, outcome);
}

/** What stands for an answer and is an error may quote the account's key, as an error answer may. */
function faultReply(
  { call, addedFields }: Pick<Relay, 'call' | 'addedFields'>,
  answer: UpstreamAnswer,
  document: JsonObject,
): Reply {
  const told = withoutKeyInside(document, call.provider.apiKey);
  const outcome = outcomeOfAnswer(call.endpoint, answer.response.statusCode, told, timingsOf(answer));
  return bufferedReply(answer, writeDocument(told, addedFields), outcome);
}

function writeDocument(document: JsonObject, addedFields: JsonObject | undefined): Buffer {
  return Buffer.from(JSON.stringify({ ...document, ...addedFields }));
}

/** A transcript as text. */
async function textReply({ textField }: Relay, answer: UpstreamAnswer): Promise<Reply> {
  if (textField === undefined) return bytesReply(answer);
  const text = (await readBody(answer)).toString('utf8');
  const outcome: CallOutcome = { kind: 'success', timings: timingsOf(answer) };
  return bufferedReply(answer, Buffer.from(JSON.stringify({ [textField]: text })), outcome);
}

/** Speech, or a transcript as text. */
async function bytesReply(answer: UpstreamAnswer): Promise<Reply> {
  const bytes = await readBody(answer);
  const outcome: CallOutcome = { kind: 'success', timings: timingsOf(answer) };
  return bufferedReply(answer, bytes, outcome, answer.response.statusCode, typeOf(answer));
}

function isAudio({ endpoint }: ProviderCall): boolean {
  return endpoint.startsWith('audio.');
}

function isText(answer: UpstreamAnswer): boolean {
  return typeOf(answer).startsWith('text/plain');
}

function isEventStream(answer: UpstreamAnswer): boolean {
  return typeOf(answer).startsWith('text/event-stream');
}

function typeOf({ response }: UpstreamAnswer): string {
  return String(response.headers['content-type'] ?? 'application/octet-stream');
}
