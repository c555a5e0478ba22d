import {
  createScriptedTransport,
  type ScriptedAnswer,
} from '../../../../../test/replay/scripted-transport.ts';
import { readAll } from '../../../../../test/support/event-stream.ts';
import { callFor } from '../../../../../test/support/provider-call.ts';
import { createRecordingLogger } from '../../../../../test/support/recording-logger.ts';
import type { Compat } from '../../../../core/catalog.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../../core/json.ts';
import type { ProviderCall } from '../../../../core/provider-call.ts';
import { Secret } from '../../../../core/secret.ts';
import { createAnthropicAdapter } from '../anthropic-adapter.ts';

const provider = {
  id: 'anthropic',
  type: 'anthropic',
  baseUrl: 'https://proxy.example/anthropic/v1',
  baseUrlIsExplicit: true,
  apiKey: new Secret('sk-ant-0123456789'),
} as const;

const JSON_TYPE = { 'content-type': 'application/json' };
/** An answer of the provider's. */
export const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, cache_read_input_tokens: 4, output_tokens: 5 },
};
/** A request that both dialects take alike. */
export const hello = { model: 'claude', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };

/** An answer that comes as one document, or as the text given. */
export const whole = (
  document: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): ScriptedAnswer => ({
  status,
  headers: { ...JSON_TYPE, ...headers },
  chunks: [Buffer.from(typeof document === 'string' ? document : JSON.stringify(document))],
});
/** An answer that comes as a stream of these events. */
export const streamed = (...events: readonly JsonObject[]): ScriptedAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  chunks: events.map((event) => Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)),
});

const key = (compat: Compat) => ({ id: 'k', path: 'litellm', compat }) as const;
/** A chat completion of such an account. */
export const chat = (body: JsonObject, compat: Compat = 'openai', more: Partial<ProviderCall> = {}) =>
  callFor({ body: { ...hello, ...body }, key: key(compat), stream: body.stream === true, provider, ...more });
/** A request for a message. */
export const messages = (body: JsonObject, compat: Compat = 'openai', more: Partial<ProviderCall> = {}) =>
  chat(body, compat, { endpoint: 'messages', upstreamPath: '/messages', ...more });

/** Carries a call: what was sent, and what came of it. */
export async function carry(call: ProviderCall, answer: ScriptedAnswer) {
  const transport = createScriptedTransport(answer);
  const logger = createRecordingLogger();
  const adapter = createAnthropicAdapter(provider, { transport, logger });
  const reply = await adapter.handle(call, new AbortController().signal);
  const text = (await readAll(reply.body)).toString('utf8');
  const [request] = transport.requests;
  const sent = parseJson(String(request?.body));
  if (request === undefined || !isJsonObject(sent)) throw new Error('Nothing was sent.');
  return {
    request,
    sent,
    status: reply.status,
    headers: reply.headers,
    text,
    document: parseJson(text),
    outcome: await reply.outcome,
    logged: logger.entries,
  };
}
