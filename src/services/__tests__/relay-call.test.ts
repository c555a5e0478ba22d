import { describe, expect, it } from 'vitest';
import { createScriptedTransport } from '../../../test/replay/scripted-transport.ts';
import { readAll } from '../../../test/support/event-stream.ts';
import { callFor } from '../../../test/support/provider-call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import { Secret } from '../../core/secret.ts';
import { relayCall } from '../relay-call.ts';
import type { ErrorWriting } from '../upstream-answer.ts';

const KEY = 'sk-upstream-0123456789';
const MASKED = 'sk-up***************6789';
const errors: ErrorWriting = { readError: () => undefined, write: (plain) => ({ ...plain }) };

interface Asked {
  readonly key?: string;
  readonly call?: Partial<ProviderCall>;
  /** The body that is sent. */
  readonly body?: JsonObject;
  readonly addedFields?: JsonObject;
  readonly fault?: Error;
}

async function relay(type: string, chunks: readonly string[], asked: Asked = {}) {
  const { key = KEY, body = { model: 'm' }, addedFields, fault } = asked;
  const call = callFor({ body, ...asked.call });
  const provider = { ...call.provider, apiKey: new Secret(key) };
  const headers = { 'content-type': type };
  const transport = createScriptedTransport({
    status: 200,
    headers,
    chunks: chunks.map((chunk) => Buffer.from(chunk)),
    fault,
  });
  const request = { origin: 'https://provider.example', path: '/v1', headers: {} };
  const reply = await relayCall(
    { call: { ...call, provider }, request, body, headers: {}, errors, addedFields },
    transport,
    new AbortController().signal,
  );
  return { text: (await readAll(reply.body)).toString('utf8'), outcome: await reply.outcome, reply };
}

const whole = (document: JsonObject, asked?: Asked) =>
  relay('application/json', [JSON.stringify(document)], asked);
const stream = (chunks: readonly string[], asked: Asked = {}) =>
  relay('text/event-stream', chunks, { body: { model: 'm', stream: true }, ...asked });

const event = (data: JsonObject) => `data: ${JSON.stringify(data)}\n\n`;
const text = (content: string) => event({ choices: [{ index: 0, delta: { content } }] });
const finish = (index: number) => event({ choices: [{ index, delta: {}, finish_reason: 'stop' }] });
const done = 'data: [DONE]\n\n';

describe('an error under 200', () => {
  it('is told without the account’s key, in whole or masked, and logged without it', async () => {
    const error = { message: `No ${KEY}, ${MASKED}.`, code: KEY, param: [KEY] };
    const { text: told, outcome, reply } = await whole({ error, id: 'a' });
    expect(JSON.parse(told)).toEqual({
      error: { message: 'No [redacted], [redacted].', code: '[redacted]', param: ['[redacted]'] },
      id: 'a',
    });
    expect(reply.headers['content-length']).toBe(String(Buffer.byteLength(told)));
    expect(outcome).toMatchObject({ kind: 'upstream_error', errorCode: '[redacted]' });
  });

  it('keeps the fields that are added', async () => {
    const { text: told } = await whole({ error: 'no' }, { addedFields: { provider: 'openai' } });
    expect(JSON.parse(told)).toEqual({ error: 'no', provider: 'openai' });
  });

  it('in place of a stream is told without the key', async () => {
    const asked = relay('application/json', [JSON.stringify({ error: { code: KEY } })], {
      body: { model: 'm', stream: true },
    });
    await expect(asked).rejects.toMatchObject({
      code: 'upstream_stream_error',
      message: expect.not.stringContaining(KEY),
    });
  });
});

describe('an answer', () => {
  it('goes through byte for byte, even where it has the key or a mask in it', async () => {
    const choices = [{ index: 0, message: { content: `${KEY} ${MASKED}` }, finish_reason: 'stop' }];
    const document = JSON.stringify({ choices }, null, 3);
    const { text: told } = await relay('application/json', [document]);
    expect(told).toBe(document);
  });
});

describe('an error amid a stream', () => {
  const error = event({ error: { message: `No ${KEY}.`, code: 'no', metadata: { raw: KEY, hint: MASKED } } });

  it('is told without the key in any of its fields, and what comes in the same piece stays', async () => {
    const { text: told } = await stream([text('Hi'), text(`not ${KEY}`) + error]);
    const metadata = { raw: '[redacted]', hint: '[redacted]' };
    expect(told).toBe(
      text('Hi') + text(`not ${KEY}`) + event({ error: { message: 'No [redacted].', code: 'no', metadata } }),
    );
  });

  it.each(['', 'o', 'x'])('goes through as it is where the key is %j, which is no secret', async (key) => {
    const sent = text('a good box') + event({ error: { message: 'no good', code: 'overloaded' } });
    expect((await stream([text('Hi'), sent], { key })).text).toBe(text('Hi') + sent);
  });

  it('is told without the key where a proxy tells it in words of its own', async () => {
    const words = `event: error\ndata: refused: ${KEY}\n\n`;
    const { text: told } = await stream([text('Hi'), words]);
    expect(told).toContain('data: refused: [redacted]');
    expect(told).not.toContain(KEY);
  });

  it('that is all that came is told without the key', async () => {
    const asked = stream([event({ error: { code: KEY } })]);
    await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining(KEY) });
  });
});

describe('a stream of several choices', () => {
  const body = { model: 'm', stream: true, n: 2 };
  const first = text('Hi') + finish(0);

  it('that is cut behind the first of them is told to be cut', async () => {
    const { text: told, outcome } = await stream([first], { body });
    expect(told).toContain('event: error');
    expect(told).not.toContain('[DONE]');
    expect(outcome).toMatchObject({ kind: 'truncated', errorCode: 'upstream_interrupted' });
  });

  it('gets its end marker behind the last of them', async () => {
    const { text: told, outcome } = await stream([first, finish(1)], { body });
    expect(told).toBe(first + finish(1) + done);
    expect(outcome.kind).toBe('success');
  });

  it('is complete with one of them where the provider says so', async () => {
    const { text: told, outcome } = await stream([first, done], { body });
    expect(told).toBe(first + done);
    expect(outcome.kind).toBe('success');
  });

  it('has as many as the body asks for that is sent, not the client’s', async () => {
    const sent = { model: 'm', stream: true };
    const { text: told } = await stream([first], { body: sent, call: { body } });
    expect(told).toBe(first + done);
  });
});

describe('a connection that breaks behind the finish reason', () => {
  it('is told, and counts as a success', async () => {
    const { text: told, outcome } = await stream([text('Hi') + finish(0)], { fault: new Error('reset') });
    expect(told).toContain('event: error');
    expect(told).not.toContain('[DONE]');
    expect(outcome).toMatchObject({ kind: 'success', errorCode: 'upstream_interrupted' });
  });
});
