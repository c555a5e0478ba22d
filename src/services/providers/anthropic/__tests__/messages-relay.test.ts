import { describe, expect, it } from 'vitest';
import { carry, hello, message, messages, streamed, whole } from './carry-call.ts';

describe('a request for a message', () => {
  it('goes through with every field, and its answer byte for byte', async () => {
    const bytes = JSON.stringify(message, null, 2);
    const { request, sent, text, outcome } = await carry(
      messages({ vendor_extra: 1, betas: ['theirs'], extra_body: { top_k: 3 } }),
      whole(bytes),
    );
    expect(sent).toEqual({ ...hello, vendor_extra: 1, top_k: 3 });
    expect(request.headers['anthropic-beta']).toBe('theirs');
    expect(text).toBe(bytes);
    expect(outcome).toMatchObject({ kind: 'success', finishReason: 'end_turn', usage: { prompt: 14 } });
  });

  it('under portkey has the fields that Portkey passes on, a thread besides, and says which it has not', async () => {
    const passed = {
      container: 'c',
      mcp_servers: [],
      metadata: { user_id: 'u' },
      service_tier: 'auto',
      stop_sequences: ['a'],
      stream: false,
      system: 's',
      temperature: 1.7,
      thinking: { type: 'adaptive' },
      thread: { type: 'create' },
      tool_choice: { type: 'auto' },
      tools: [],
      top_k: 1,
      top_p: -3,
    };
    const dropped = { output_config: {}, cache_control: {}, betas: ['b'], context_management: {} };
    const { request, sent, logged } = await carry(
      messages({ ...passed, ...dropped, anthropic_beta: 'mine' }, 'portkey'),
      whole(message),
    );
    expect(sent).toEqual({ ...hello, ...passed });
    expect(request.headers['anthropic-beta']).toBe('mine');
    expect(logged).toMatchObject([{ fields: { droppedFields: Object.keys(dropped) } }]);
  });

  it('streams as the provider streams', async () => {
    const events = [
      { type: 'message_start', message: { id: 'msg_1', model: 'claude', usage: message.usage } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ];
    const answer = streamed(...events);
    const { text, outcome } = await carry(messages({ stream: true }), answer);
    expect(text).toBe(Buffer.concat([...answer.chunks]).toString('utf8'));
    expect(outcome).toMatchObject({ kind: 'success', finishReason: 'end_turn' });
    const cut = await carry(messages({ stream: true }), streamed(...events.slice(0, 2)));
    expect(cut.text).toContain('"type":"error"');
    expect(cut.outcome.kind).toBe('truncated');
  });

  const error = { type: 'invalid_request_error', message: 'max_tokens: Field required' };

  it.each(['openai', 'portkey'] as const)(
    'for a count is answered in Anthropic’s envelope under %s',
    async (compat) => {
      const counted = { endpoint: 'messages.count_tokens', upstreamPath: '/messages/count_tokens' } as const;
      const { request, text } = await carry(messages({}, compat, counted), whole({ input_tokens: 12 }));
      expect(request.path).toBe('/anthropic/v1/messages/count_tokens');
      expect(text).toBe('{"input_tokens":12}');
      const failed = await carry(
        messages({}, compat, counted),
        whole({ type: 'error', error, request_id: 'req_1' }, 400),
      );
      expect(failed.document).toEqual({ type: 'error', error, request_id: 'req_1' });
    },
  );

  it('that fails has Anthropic’s own envelope', async () => {
    const { document, status } = await carry(
      messages({}),
      whole({ type: 'error', error, request_id: 'req_1' }, 400),
    );
    expect(status).toBe(400);
    expect(document).toEqual({ type: 'error', error, request_id: 'req_1' });
  });

  it('that fails under portkey has OpenAI’s, as Portkey gives it', async () => {
    const { document } = await carry(messages({}, 'portkey'), whole({ type: 'error', error }, 400));
    expect(document).toEqual({
      error: {
        message: 'anthropic error: max_tokens: Field required',
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
      provider: 'anthropic',
    });
  });

  it.each(['openai', 'portkey'] as const)(
    'that fails with a page has an envelope under %s, and no markup',
    async (compat) => {
      const page = {
        status: 529,
        headers: { 'content-type': 'text/html' },
        chunks: [Buffer.from('<html>no')],
      };
      const { document, status } = await carry(messages({}, compat), page);
      expect(status).toBe(529);
      expect(document).toEqual({
        type: 'error',
        error: { type: 'overloaded_error', message: expect.stringContaining('HTTP 529') },
      });
    },
  );

  it('that fails never quotes the account’s key', async () => {
    const quoted = { type: 'authentication_error', message: 'bad key sk-ant-0123456789' };
    const { text } = await carry(messages({}), whole({ type: 'error', error: quoted }, 401));
    expect(text).not.toContain('sk-ant-0123456789');
  });
});
