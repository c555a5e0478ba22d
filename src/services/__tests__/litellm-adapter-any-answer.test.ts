import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStrictDocument } from '../../../test/replay/client-answer.ts';
import { createScriptedTransport, type ScriptedAnswer } from '../../../test/replay/scripted-transport.ts';
import { readAll } from '../../../test/support/event-stream.ts';
import { callFor } from '../../../test/support/provider-call.ts';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import type { CallOutcome } from '../../core/call-outcome.ts';
import type { ProviderType } from '../../core/catalog.ts';
import { ERRORS, GatewayError } from '../../core/gateway-error.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../core/json.ts';
import type { Endpoint, ProviderCall } from '../../core/provider-call.ts';
import { Secret } from '../../core/secret.ts';
import { createGlobalFetchHook } from '../global-fetch-hook.ts';
import { LiteLLMAdapter } from '../litellm-adapter.ts';

const RUNS = { numRuns: 200 };

/** Events that a provider could send, so that arbitrary ones get beyond the first look. */
const PLAUSIBLE: Readonly<Record<'openai' | 'anthropic' | 'google', readonly JsonObject[]>> = {
  openai: [
    { id: 'a', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'Hi' } }] },
    { id: 'a', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    {
      id: 'a',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    },
    { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    { error: { message: 'no', type: 'server_error', code: null } },
  ],
  anthropic: [
    { type: 'message_start', message: { id: 'm', model: 'c', usage: { input_tokens: 1, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    {
      type: 'content_block_start',
      index: 1,
      content_block: { type: 'tool_use', id: 't', name: 'f', input: {} },
    },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"a":' } },
    { type: 'content_block_stop', index: 1 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    {
      type: 'message',
      id: 'm',
      model: 'c',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
    },
  ],
  google: [
    { candidates: [{ content: { role: 'model', parts: [{ text: 'Hi' }] } }], responseId: 'r' },
    {
      candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: {} } }] }, finishReason: 'STOP' }],
    },
    { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] },
    { promptFeedback: { blockReason: 'SAFETY' } },
    { usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 } },
    { error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } },
  ],
};

const anyJson = fc.jsonValue({ maxDepth: 3 }).map((value): JsonValue => JSON.parse(JSON.stringify(value)));

/** A value with one of its fields, at any depth, replaced by anything. */
function withReplaced(value: JsonValue, path: readonly number[], replacement: JsonValue): JsonValue {
  const [step, ...further] = path;
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (step === undefined || keys.length === 0) return replacement;
  const key = keys[step % keys.length] ?? '';
  const replaced = Object.entries(value ?? {}).map(([name, given]) => [
    name,
    name === key ? withReplaced(given ?? null, further, replacement) : given,
  ]);
  return Array.isArray(value) ? replaced.map(([, given]) => given) : Object.fromEntries(replaced);
}

function anyEvent(events: readonly JsonObject[]): fc.Arbitrary<JsonValue> {
  const plausible = fc.constantFrom<JsonValue>(...events);
  const damaged = fc
    .tuple(plausible, fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }), anyJson)
    .map(([event, path, replacement]) => withReplaced(event, path, replacement));
  return fc.oneof({ weight: 5, arbitrary: plausible }, { weight: 3, arbitrary: damaged }, anyJson);
}

/** A stream of events, or what looks like one. */
function anyStream(events: readonly JsonObject[]): fc.Arbitrary<Buffer> {
  const line = fc.oneof(
    { weight: 8, arbitrary: anyEvent(events).map((event) => `data: ${JSON.stringify(event)}\n\n`) },
    fc.constantFrom(
      'data: [DONE]\n\n',
      ': comment\n\n',
      'data:\n\n',
      '\r\n\r\n',
      'event: error\n',
      'data: {"a\n\n',
    ),
    fc.string({ maxLength: 20 }),
  );
  return fc.array(line, { maxLength: 8 }).map((lines) => Buffer.from(lines.join('')));
}

function anyBody(events: readonly JsonObject[]): fc.Arbitrary<Buffer> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    anyJson.map((value) => Buffer.from(JSON.stringify(value))),
    { weight: 2, arbitrary: anyEvent(events).map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 4, arbitrary: anyStream(events) },
  );
}

const anyStatus = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(200, 201) },
  fc.integer({ min: 200, max: 599 }),
);
const anyType = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('application/json', 'text/event-stream') },
  fc.constantFrom('application/json; charset=utf-8', 'text/html', 'text/plain', '', 'x'),
);

/** Whatever may come from a provider, in whatever pieces, breaking off or not. */
function anyAnswer(events: readonly JsonObject[]): fc.Arbitrary<ScriptedAnswer> {
  return fc
    .record({
      status: anyStatus,
      type: anyType,
      body: anyBody(events),
      size: fc.integer({ min: 1, max: 50 }),
      announced: fc.option(fc.constantFrom('0', '7', '99999999999', 'many'), { freq: 5 }),
      breaksOff: fc.boolean(),
    })
    .map(({ status, type, body, size, announced, breaksOff }) => ({
      status,
      headers: { 'content-type': type, ...(announced !== null && { 'content-length': announced }) },
      chunks: Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
        body.subarray(index * size, (index + 1) * size),
      ),
      fault: breaksOff ? new Error('The connection broke.') : undefined,
    }));
}

type Dialect = keyof typeof PLAUSIBLE;

interface Target {
  readonly type: ProviderType;
  readonly dialect: Dialect;
  readonly endpoint: Endpoint;
}

const TARGETS: readonly Target[] = [
  { type: 'openai', dialect: 'openai', endpoint: 'chat.completions' },
  { type: 'deepseek', dialect: 'openai', endpoint: 'chat.completions' },
  { type: 'openai-compatible', dialect: 'openai', endpoint: 'chat.completions' },
  { type: 'anthropic', dialect: 'anthropic', endpoint: 'chat.completions' },
  { type: 'anthropic', dialect: 'anthropic', endpoint: 'messages' },
  { type: 'google', dialect: 'google', endpoint: 'chat.completions' },
];

const anyAsking = fc.record({
  stream: fc.boolean(),
  compat: fc.constantFrom('portkey' as const, 'openai' as const),
});
type Asking = typeof anyAsking extends fc.Arbitrary<infer T> ? T : never;

function callOf({ type, endpoint }: Target, { stream, compat }: Asking): ProviderCall {
  return callFor({
    body: { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }], stream },
    provider: {
      id: 'p',
      type,
      baseUrl: 'https://provider.example/v1',
      baseUrlIsExplicit: true,
      apiKey: new Secret('sk-upstream-0123456789'),
    },
    endpoint,
    upstreamPath: endpoint === 'messages' ? '/messages' : '/chat/completions',
    stream,
    key: { id: 'k', path: 'litellm', compat },
    limits: { maxRetries: 0 },
  });
}

/** What a client got, and how it counted. */
interface Got {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
  readonly outcome: CallOutcome;
}

/** An error of the gateway's, complete in what its table wants. */
function expectWellFormedFault(fault: unknown): void {
  if (!(fault instanceof GatewayError)) throw new Error('No fault of the table.', { cause: fault });
  expect(Object.keys(ERRORS)).toContain(fault.code);
  expect(fault.status).toBeGreaterThanOrEqual(400);
  expect(fault.message).not.toBe('');
  expect(fault.message).not.toContain('sk-upstream');
}

/** An `error` object that says something, in OpenAI's envelope or Anthropic's. */
function expectWellFormedError(body: Buffer, { dialect, endpoint }: Target, { compat }: Asking): void {
  const document = parseJson(body.toString('utf8'));
  if (!isJsonObject(document)) throw new Error('The error is no document.');
  // Quirk `error.foreign_shape`: what compatible providers have in place of an error goes through as it is.
  if (dialect === 'openai' && compat === 'portkey' && !isJsonObject(document.error)) return;
  expect(document.error).toMatchObject({ message: expect.stringMatching(/./s) });
  // Portkey fills in no type.
  if (compat === 'openai') expect(document.error).toMatchObject({ type: expect.any(String) });
  if (endpoint === 'messages' && !('provider' in document)) expect(document.type).toBe('error');
}

/** The data of the events of whatever passes for a stream. */
function eventsOf(body: Buffer): { readonly name: string | undefined; readonly data: string }[] {
  const events = body.toString('utf8').split(/\r?\n\r?\n|\r\r/);
  return events.map((event) => ({
    name: /^event: ?(.*)$/m.exec(event)?.[1],
    data: [...event.matchAll(/^data: ?(.*)$/gm)].map(([, data]) => data).join('\n'),
  }));
}

/** A stream that has begun ends as such, or with an error. */
function expectWellFormedStream({ body }: Got): void {
  const isEnd = ({ name, data }: { name: string | undefined; data: string }) => {
    const event = parseJson(data);
    const hasError = isJsonObject(event) && (event.type === 'error' || Boolean(event.error));
    const isStop = isJsonObject(event) && event.type === 'message_stop';
    return data.trim() === '[DONE]' || name === 'error' || hasError || isStop;
  };
  expect(eventsOf(body).some(isEnd)).toBe(true);
}

function expectWellFormedDocument({ body }: Got, { dialect, endpoint }: Target): void {
  const document = parseJson(body.toString('utf8'));
  if (!isJsonObject(document)) throw new Error('The answer is no document.');
  // Where both speak one dialect the bytes are the provider's; elsewhere they are the gateway's own.
  if (dialect === 'openai' || endpoint === 'messages') return;
  expect(document.choices).toEqual(
    expect.arrayContaining([expect.objectContaining({ index: expect.any(Number) })]),
  );
  // Portkey leaves the content out where Gemini says none.
  if (document.provider !== 'google') readStrictDocument(body);
}

describe('whatever a provider answers', () => {
  const fetchHook = createGlobalFetchHook();
  beforeAll(() => fetchHook.install());
  afterAll(() => fetchHook.uninstall());

  it.each(TARGETS)('is an answer or an error: $type, $endpoint', async (target) => {
    const property = fc.asyncProperty(
      anyAnswer(PLAUSIBLE[target.dialect]),
      anyAsking,
      async (answer, asking) => {
        const transport = createScriptedTransport(answer);
        const adapter = new LiteLLMAdapter({ transport, fetchHook, logger: createRecordingLogger() });
        const asked = adapter.handle(callOf(target, asking), new AbortController().signal);
        const reply = await asked.catch((fault: unknown) => expectWellFormedFault(fault));
        if (reply === undefined) return;
        const body = await readAll(reply.body);
        const type = String(reply.headers['content-type']);
        const got: Got = { status: reply.status, type, body, outcome: await reply.outcome };
        expect(got.outcome.kind).toMatch(/./);
        if (got.status >= 400) expectWellFormedError(body, target, asking);
        else if (asking.stream) expectWellFormedStream(got);
        else if (!type.startsWith('text/event-stream')) expectWellFormedDocument(got, target);
      },
    );
    await fc.assert(property, RUNS);
  });
});
