import type { IncomingMessage } from 'node:http';
import { answerDialectOf } from '../src/core/answer-dialect.ts';
import { singleChunk } from '../src/core/buffered-answer.ts';
import type { UpstreamTimings } from '../src/core/call-outcome.ts';
import { EventStreamTap } from '../src/core/event-stream-tap.ts';
import { expectedChoices } from '../src/core/expected-choices.ts';
import { GatewayError } from '../src/core/gateway-error.ts';
import { parseJson } from '../src/core/json.ts';
import type { ProviderCall } from '../src/core/provider-call.ts';
import { readWhole } from '../src/core/read-whole.ts';
import { relayEventStream } from '../src/core/relay-event-stream.ts';
import type { Reply, RequestPath } from '../src/core/request-path.ts';
import { classifyLegacyAnswer } from './classify-answer.ts';
import type { LegacyTarget } from './gateway-directory.ts';
import { portkeyConfig } from './portkey-config.ts';
import { type PortkeyProxy, toLegacyFault } from './portkey-proxy.ts';
import type { SyntheticRequest } from './synthetic-exchange.ts';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'trailer',
  'upgrade',
]);

/**
 * The legacy path over gateways that may come and go.
 * @param deps.locate gives the gateway of a call; rejects with a GatewayError while there is none
 * @param deps.checkAddress rejects with a GatewayError where the provider at this base URL may not be called
 */
export function createPortkeyPath(deps: {
  readonly proxy: PortkeyProxy;
  readonly locate: (call: ProviderCall) => Promise<LegacyTarget>;
  readonly checkAddress: (baseUrl: string) => Promise<void>;
}): RequestPath {
  return {
    name: 'legacy',
    supports: () => true,
    async handle(call, signal, attempts) {
      const { url, headers } = await deps.locate(call);
      // Last, as what a name stands for may change: Portkey looks it up itself right after.
      await deps.checkAddress(call.provider.baseUrl);
      attempts?.began();
      const sentAt = performance.now();
      const answer = await deps.proxy.send(url, toRequest(call, headers), signal);
      return isEventStream(answer)
        ? streamReply(call, answer, sentAt, signal)
        : wholeReply(call, answer, sentAt, signal);
    },
  };
}

/** Every header is written here; the client's own are there only as far as the call's allow-list let them through. */
function toRequest(call: ProviderCall, gatewayHeaders: LegacyTarget['headers']): SyntheticRequest {
  const body = call.form?.bytes ?? Buffer.from(JSON.stringify(call.body));
  return {
    url: `/v1${call.upstreamPath}`,
    body,
    headers: {
      ...call.headers,
      'content-type': call.form?.contentType ?? 'application/json',
      'content-length': String(body.length),
      accept: call.stream ? 'text/event-stream' : 'application/json',
      'x-portkey-config': portkeyConfig(call.provider, Object.keys(call.headers)),
      ...gatewayHeaders,
    },
  };
}

function isEventStream(answer: IncomingMessage): boolean {
  return (answer.headers['content-type'] ?? '').startsWith('text/event-stream');
}

async function streamReply(
  call: ProviderCall,
  answer: IncomingMessage,
  sentAt: number,
  signal: AbortSignal,
): Promise<Reply> {
  const dialect = answerDialectOf(call.endpoint);
  const { body, outcome } = await relayEventStream({
    source: readBytes(answer),
    release: () => answer.destroy(),
    sentAt,
    dialect,
    limits: call.limits,
    reader: new EventStreamTap({
      dialect,
      choices: askedChoices(call),
      withholdUsage: call.withholdUsage,
      endsAtError: false,
    }),
    signal,
    manner: 'verbatim',
    toFault: (error) => toLegacyFault(error, true),
  });
  return { status: answer.statusCode ?? 502, headers: endToEnd(answer), body, outcome };
}

/** Portkey passes `n` on to providers of OpenAI's dialect only. */
function askedChoices({ endpoint, body, provider }: ProviderCall): number {
  const isDropped = provider.type === 'anthropic' || provider.type === 'google';
  return isDropped ? 1 : expectedChoices(endpoint, body);
}

async function wholeReply(
  call: ProviderCall,
  answer: IncomingMessage,
  sentAt: number,
  signal: AbortSignal,
): Promise<Reply> {
  const bytes = await readAnswer(answer, signal);
  const timings: UpstreamTimings = { sentAt, readyAt: performance.now(), firstTokenAt: undefined };
  const status = answer.statusCode ?? 502;
  return {
    status,
    headers: { ...endToEnd(answer), 'content-length': String(bytes.length) },
    body: singleChunk(bytes),
    outcome: Promise.resolve(classifyLegacyAnswer(call, status, parseJson(bytes.toString('utf8')), timings)),
  };
}

/** Ends with a throw where the connection broke: to Node's iterator some breaks are a plain end. */
async function* readBytes(answer: IncomingMessage): AsyncGenerator<Buffer, void> {
  for await (const chunk of answer as AsyncIterable<Buffer>) yield chunk;
  if (!answer.complete) throw new Error('aborted');
}

async function readAnswer(answer: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readWhole(readBytes(answer));
  } catch (error) {
    answer.destroy();
    if (signal.aborted) {
      throw new GatewayError('client_closed_request', 'The client closed the request.', { cause: error });
    }
    throw toLegacyFault(error, true);
  }
}

function endToEnd(answer: IncomingMessage): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = {};
  for (const name in answer.headers) {
    const value = answer.headers[name];
    if (value === undefined || HOP_BY_HOP.has(name)) continue;
    headers[name === 'x-request-id' ? 'x-upstream-request-id' : name] = value;
  }
  return headers;
}
