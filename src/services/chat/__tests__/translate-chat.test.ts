import { describe, expect, it } from 'vitest';
import { createScriptedTransport, type ScriptedAnswer } from '../../../../test/replay/scripted-transport.ts';
import { readAll } from '../../../../test/support/event-stream.ts';
import { callFor } from '../../../../test/support/provider-call.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import type { Compat } from '../../../core/catalog.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../core/json.ts';
import type { StreamPart } from '../../../core/stream-part.ts';
import type { UpstreamTransport } from '../../upstream-transport.ts';
import type { ChatTranslator } from '../chat-translator.ts';
import { createOpenAIEncoder } from '../openai-encoder.ts';
import { translateChat } from '../translate-chat.ts';
import { scriptedDecoder, scriptedStream } from './scripted-decoder.ts';

const choice = 0;
const SCRIPT: readonly (readonly StreamPart[])[] = [
  [{ type: 'response-start', id: 'a', model: 'm' }],
  [{ type: 'text-delta', choice, text: 'Hi' }],
  [
    { type: 'finish', choice, reason: 'stop', raw: 'end' },
    { type: 'usage', usage: { prompt: 1, completion: 2, cached: 0, reasoning: 0 }, raw: {} },
  ],
  [{ type: 'response-end' }],
];

/** A dialect whose errors are `{ "failed": "why" }`, and whose answers are told by a script. */
function translatorOf(
  transport: UpstreamTransport,
  script: readonly (readonly StreamPart[])[],
): ChatTranslator {
  return {
    toRequest: ({ key, body }) => {
      if (body.refused !== undefined)
        throw new GatewayError('unsupported_parameter', 'No.', { param: 'refused' });
      return { body: { translated: true }, droppedFields: key.compat === 'portkey' ? ['seed'] : [] };
    },
    sendChat: (_call, request, signal) =>
      transport.post({ origin: 'o', path: '/p', headers: {}, body: JSON.stringify(request), signal }),
    createDecoder: () => scriptedDecoder(script),
    createPortkeyEncoder: (_call, head) =>
      createOpenAIEncoder({ ...head, id: 'portkey-1' }, { includeUsage: false }),
    readError: (document) =>
      isJsonObject(document) && typeof document.failed === 'string'
        ? { message: document.failed, type: null, param: null, code: null }
        : undefined,
    portkeyName: 'dialect',
  };
}

const whole = (document: unknown, status = 200): ScriptedAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  chunks: [Buffer.from(JSON.stringify(document))],
});
const streamed = (script = SCRIPT): ScriptedAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  chunks: [scriptedStream(script)],
});

interface Case {
  readonly compat?: Compat;
  readonly body?: JsonObject;
  readonly script?: readonly (readonly StreamPart[])[];
}

/** Carries a call of this dialect, and reads all that came of it. */
async function carry(answer: ScriptedAnswer, { compat = 'openai', body = {}, script = SCRIPT }: Case = {}) {
  const transport = createScriptedTransport(answer);
  const logger = createRecordingLogger();
  const key = { id: 'k', path: 'litellm', compat } as const;
  const call = callFor({ body: { model: 'asked-for', ...body }, key, stream: body.stream === true });
  const translator = translatorOf(transport, script);
  const reply = await translateChat(call, translator, logger, new AbortController().signal);
  const text = (await readAll(reply.body)).toString('utf8');
  const { status, headers } = reply;
  return {
    status,
    headers,
    text,
    document: parseJson(text),
    outcome: await reply.outcome,
    sent: transport.requests,
    logged: logger.entries,
  };
}

describe('a translated chat completion', () => {
  it('is sent as the provider takes it, and answered as OpenAI would', async () => {
    const { sent, status, document, outcome } = await carry(whole({}));
    expect(sent.map(({ body }) => body)).toEqual(['{"translated":true}']);
    expect(status).toBe(200);
    expect(document).toMatchObject({ id: 'a', choices: [{ message: { content: 'Hi' } }] });
    expect(outcome).toMatchObject({
      kind: 'success',
      finishReason: 'stop',
      usage: { prompt: 1, completion: 2 },
    });
  });

  it('is named by the gateway where the provider gives no name', async () => {
    const script: StreamPart[][] = [[{ type: 'finish', choice, reason: 'stop', raw: 'end' }]];
    const { document } = await carry(whole({}), { script });
    expect(document).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/),
      model: 'asked-for',
    });
  });

  it('is not sent where it cannot be translated', async () => {
    await expect(carry(whole({}), { body: { refused: 1 } })).rejects.toMatchObject({
      code: 'unsupported_parameter',
      param: 'refused',
    });
  });

  it('is streamed as chunks, with the usage where it was asked for', async () => {
    const plain = await carry(streamed(), { body: { stream: true } });
    expect(plain.text).not.toContain('"usage"');
    expect(plain.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8' });
    const stream_options = { include_usage: true };
    const { text } = await carry(streamed(), { body: { stream: true, stream_options } });
    expect(text).toContain('"usage":{"prompt_tokens":1');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('under portkey is written by Portkey’s encoder, and what it drops is logged by name', async () => {
    const { text, logged } = await carry(streamed(), { compat: 'portkey', body: { stream: true } });
    expect(text).toContain('"object":"chat.completion.chunk"');
    expect(logged).toMatchObject([{ level: 'info', fields: { droppedFields: ['seed'] } }]);
    expect((await carry(whole({}))).logged).toEqual([]);
  });
});

describe('a whole answer that does not say why it ended', () => {
  const finished: StreamPart = { type: 'finish', choice: 1, reason: 'length', raw: 'max' };
  const script: StreamPart[][] = [
    [{ type: 'text-delta', choice, text: 'Hi' }, finished],
    [{ type: 'usage', usage: { prompt: 1, completion: 2, cached: 0, reasoning: 0 }, raw: {} }],
  ];

  it('is the provider’s fault', async () => {
    await expect(carry(whole({}), { script })).rejects.toMatchObject({
      code: 'upstream_invalid_response',
      retryable: true,
    });
  });

  it('is passed on under portkey, as clients know it, and counts as the fault that it is', async () => {
    const { status, outcome } = await carry(whole({}), { script, compat: 'portkey' });
    expect(status).toBe(200);
    expect(outcome).toMatchObject({
      kind: 'upstream_error',
      finishReason: 'length',
      errorCode: 'upstream_invalid_response',
      usage: { prompt: 1, completion: 2 },
    });
  });
});

describe('a provider’s error', () => {
  it('is an error of OpenAI’s under the same status, with a code by it', async () => {
    const { status, document, outcome } = await carry(whole({ failed: 'why' }, 404));
    expect(status).toBe(404);
    expect(document).toEqual({
      error: { message: 'why', type: 'invalid_request_error', param: null, code: 'not_found' },
    });
    expect(outcome.kind).toBe('client_error');
  });

  it('is written as Portkey does under portkey, where it is of the dialect’s shape', async () => {
    const { document } = await carry(whole({ failed: 'why' }, 404), { compat: 'portkey' });
    expect(document).toEqual({
      error: { message: 'dialect error: why', type: null, param: null, code: null },
      provider: 'dialect',
    });
    const other = await carry(whole({ other: 1 }, 404), { compat: 'portkey' });
    expect(other.document).toMatchObject({ error: { code: 'not_found' } });
    expect(other.document).not.toHaveProperty('provider');
  });

  it.each([301, 307])('is a 502 where it is a redirect (%i)', async (status) => {
    expect((await carry(whole({}, status))).status).toBe(502);
  });
});

describe('an answer that is none', () => {
  const error = (code: string): StreamPart[][] => [[{ type: 'error', code, message: 'Blocked.' }]];

  it.each([
    [
      'a document without JSON',
      { ...whole({}), chunks: [Buffer.from('<html>')] },
      {},
      'upstream_invalid_response',
    ],
    ['a document that is a list', whole([]), {}, 'upstream_invalid_response'],
    [
      'a document with an error',
      whole({}),
      { script: error('overloaded_error') },
      'upstream_invalid_response',
    ],
    ['a document with a blocked prompt', whole({}), { script: error('content_filter') }, 'content_filter'],
    ['a document for a stream', whole({}), { body: { stream: true } }, 'upstream_invalid_response'],
    [
      'a document with an error for a stream',
      whole({ error: { code: 'x' } }),
      { body: { stream: true } },
      'upstream_stream_error',
    ],
    ['an empty stream', streamed([]), { body: { stream: true } }, 'upstream_interrupted'],
    [
      'a page for a stream',
      { status: 200, headers: { 'content-type': 'text/html' }, chunks: [Buffer.from('<html>')] },
      { body: { stream: true } },
      'upstream_interrupted',
    ],
    [
      'a stream that begins with an error',
      streamed(error('x')),
      { body: { stream: true }, script: error('overloaded_error') },
      'upstream_stream_error',
    ],
    [
      'a stream that begins with a blocked prompt',
      streamed(error('x')),
      { body: { stream: true }, script: error('content_filter') },
      'content_filter',
    ],
  ] as const)('is a fault before the first byte: %s', async (_name, answer, given, code) => {
    for (const compat of ['openai', 'portkey'] as const) {
      await expect(carry(answer, { ...given, compat })).rejects.toMatchObject({ name: 'GatewayError', code });
    }
  });
});
