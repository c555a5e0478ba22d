import { describe, expect, it } from 'vitest';
import { carry, chat, hello, message, streamed, whole } from './carry-call.ts';

describe('an account of Anthropic’s', () => {
  it('is asked below its base URL, with its key and a version of the API', async () => {
    const headers = { 'anthropic-beta': 'mine', traceparent: '00-1' };
    const { request } = await carry(chat({ betas: ['theirs'] }, 'openai', { headers }), whole(message));
    expect(request).toMatchObject({
      origin: 'https://proxy.example',
      path: '/anthropic/v1/messages',
      headers: {
        'x-api-key': 'sk-ant-0123456789',
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'mine,theirs',
        'content-type': 'application/json',
        traceparent: '00-1',
      },
    });
    expect(Object.keys(request.headers)).not.toContain('authorization');
  });

  it('is asked for the version that the client names', async () => {
    const headers = { 'anthropic-version': '2024-01-01' };
    const { request } = await carry(chat({}, 'openai', { headers }), whole(message));
    expect(request.headers['anthropic-version']).toBe('2024-01-01');
    const inBody = await carry(chat({ anthropic_version: '2024-02-02' }, 'portkey'), whole(message));
    expect(inBody.request.headers['anthropic-version']).toBe('2024-02-02');
    expect(inBody.sent).not.toHaveProperty('anthropic_version');
  });
});

describe('a chat completion', () => {
  it('is translated there and back', async () => {
    const { sent, document, outcome, headers } = await carry(
      chat({ stop: 'END' }),
      whole(message, 200, { 'request-id': 'req_1', 'set-cookie': 'a=b' }),
    );
    expect(sent).toEqual({ ...hello, stop_sequences: ['END'] });
    expect(document).toEqual({
      id: 'msg_1',
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'claude',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 14,
        completion_tokens: 5,
        total_tokens: 19,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    });
    expect(outcome).toMatchObject({
      kind: 'success',
      finishReason: 'stop',
      usage: { prompt: 14, completion: 5, cached: 4, reasoning: 0 },
    });
    expect(headers).toMatchObject({ 'request-id': 'req_1', 'content-type': 'application/json' });
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it('under portkey drops what Portkey drops, and says so by name', async () => {
    const { sent, document, outcome, logged } = await carry(
      chat({ seed: 1, n: 2 }, 'portkey'),
      whole(message),
    );
    expect(sent).toEqual({ ...hello, system: [] });
    expect(logged).toMatchObject([
      { level: 'info', fields: { requestId: 'request-1', droppedFields: ['seed', 'n'] } },
    ]);
    expect(document).toMatchObject({ provider: 'anthropic', usage: { prompt_tokens: 10 } });
    // The ledger has the right counts, whatever the client is told.
    expect(outcome.usage).toEqual({ prompt: 14, completion: 5, cached: 4, reasoning: 0 });
  });

  const events = [
    { type: 'message_start', message: { id: 'msg_1', model: 'claude', usage: message.usage } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ];

  it.each(['openai', 'portkey'] as const)('streams its chunks under %s', async (compat) => {
    const { text, headers, outcome } = await carry(chat({ stream: true }, compat), streamed(...events));
    expect(text).toContain('"content":"Hello"');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8' });
    expect(outcome).toMatchObject({
      kind: 'success',
      finishReason: 'stop',
      usage: { prompt: 14, completion: 5 },
    });
  });

  it.each(['openai', 'portkey'] as const)('that is cut has no [DONE] under %s', async (compat) => {
    const { text, outcome } = await carry(chat({ stream: true }, compat), streamed(...events.slice(0, 3)));
    expect(text).not.toContain('[DONE]');
    expect(text).toContain('"code":"upstream_interrupted"');
    expect(outcome.kind).toBe('truncated');
  });

  it('that is cut behind its finish reason, but before its end event, was cut all the same', async () => {
    const { text, outcome } = await carry(chat({ stream: true }), streamed(...events.slice(0, 5)));
    expect(text).not.toContain('[DONE]');
    expect(outcome.kind).toBe('truncated');
  });

  it.each([
    ['openai', { message: 'Overloaded', type: 'overloaded_error', param: null, code: 'overloaded' }],
    [
      'portkey',
      { message: 'anthropic error: Overloaded', type: 'overloaded_error', param: null, code: null },
    ],
  ] as const)('that fails has the provider’s error under %s', async (compat, error) => {
    const sentError = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const { document, headers, outcome } = await carry(
      chat({}, compat),
      whole(sentError, 529, { 'retry-after': '7' }),
    );
    expect(document).toEqual(compat === 'portkey' ? { error, provider: 'anthropic' } : { error });
    expect(headers).toMatchObject({ 'retry-after': '7' });
    expect(outcome.kind).toBe('upstream_error');
  });

  it.each([
    ['an error', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
    ['no message', { completion: 'Hello' }],
    ['no content', { ...message, content: null }],
  ])('under a success that is %s is a fault', async (_name, document) => {
    await expect(carry(chat({}), whole(document))).rejects.toMatchObject({
      code: 'upstream_invalid_response',
      status: 502,
    });
  });
});
