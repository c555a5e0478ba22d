import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emulatedFile, KEYS, MODEL, postChat } from '../support/emulated-gateway.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { type RunningGateway, startGateway } from '../support/running-gateway.ts';

/** A provider with habits that a decoder would iron out: odd spacing, CRLF, comments, unknown fields, escapes. */
const WHOLE_ANSWER =
  '\n\n{ "id" : "x-1" ,\r\n "object":"chat.completion","vendor_field":{"a":1e2,"big":12345678901234567890},' +
  '"choices":[{"index":0,"message":{"role":"assistant","content":"\\u6994\\u6811 / \\/"},"finish_reason":"stop"}]}\n';

const STREAM_PIECES = [
  ': connected\r\n\r\n',
  'data: {"id":"x-2","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\r\n',
  '\r\n: keep-alive\r\n\r\ndata: {"id":"x-2","choi',
  'ces":[{"index":0,"delta":{"content":"say \\"usage\\":{ and [DONE]"},"finish_reason":null}]}\r\n\r\n',
  'data:{"id":"x-2","x_vendor":true,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n',
];
const USAGE_EVENT =
  'data: {"id":"x-2","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}\r\n\r\n';

let provider: RawProvider;
let gateway: RunningGateway;

beforeAll(async () => {
  provider = await startRawProvider();
  gateway = await startGateway({
    file: emulatedFile(provider.url),
    env: { PORTKEY_GATEWAY_URL: 'off' },
  });
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

function answerInPieces(pieces: readonly string[]): RequestListener {
  return async (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of pieces) {
      response.write(piece);
      await new Promise(setImmediate);
    }
    response.end();
  };
}

async function streamThroughGateway(body: object = {}): Promise<string> {
  const messages = [{ role: 'user', content: 'Hello' }];
  const response = await postChat(gateway, {
    key: KEYS.litellm,
    body: { model: MODEL, messages, stream: true, ...body },
  });
  return response.text();
}

describe('the new path relays', () => {
  it('a whole answer byte for byte', async () => {
    provider.answerWith((request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json').end(WHOLE_ANSWER);
    });
    const response = await postChat(gateway, { key: KEYS.litellm });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(WHOLE_ANSWER);
  });

  it('a stream byte for byte, whatever its line ends, comments and splits', async () => {
    provider.answerWith(answerInPieces(STREAM_PIECES));
    expect(await streamThroughGateway()).toBe(STREAM_PIECES.join(''));
  });

  it('a stream without the usage frame that the client did not ask for, and nothing else missing', async () => {
    const [done = ''] = STREAM_PIECES.slice(-1);
    const withUsage = [
      ...STREAM_PIECES.slice(0, -1),
      done.replace('data: [DONE]', `${USAGE_EVENT}data: [DONE]`),
    ];
    provider.answerWith(answerInPieces(withUsage));
    expect(await streamThroughGateway()).toBe(STREAM_PIECES.join(''));
    expect(await streamThroughGateway({ stream_options: { include_usage: true } })).toBe(withUsage.join(''));
  });

  it('a finished stream whose provider forgets [DONE], with it', async () => {
    const pieces = STREAM_PIECES.map((piece) => piece.replace('data: [DONE]\r\n\r\n', ''));
    provider.answerWith(answerInPieces(pieces));
    expect(await streamThroughGateway()).toBe(`${pieces.join('')}data: [DONE]\n\n`);
  });

  it('the request with every field the client sent, in the client’s words, under compat: openai', async () => {
    let received = '';
    provider.answerWith(async (request, response) => {
      for await (const chunk of request) received += String(chunk);
      response.setHeader('content-type', 'application/json').end(WHOLE_ANSWER);
    });
    const body = {
      model: MODEL,
      messages: [{ role: 'user', content: 'Hello', vendor_hint: { deep: [1, null, 'ü'] } }],
      temperature: 0,
      seed: 0,
      logit_bias: {},
      user: '',
      vllm_extra: { top_k: 5 },
      stream: false,
    };
    await postChat(gateway, { key: KEYS.plain, body });
    expect(JSON.parse(received)).toEqual({ ...body, model: 'gpt-4o-mini-2024-07-18' });
  });

  it('follows no redirect, and hands none to the client', async () => {
    let asked = 0;
    provider.answerWith((request, response) => {
      request.resume();
      asked += 1;
      response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end();
    });
    const response = await postChat(gateway, { key: KEYS.litellm });
    expect(response.status).toBe(502);
    expect(response.headers.get('location')).toBeNull();
    expect(asked).toBe(1);
  });
});

describe('private addresses', () => {
  it('are refused when the configuration is applied', async () => {
    const starting = startGateway({
      file: emulatedFile('http://169.254.169.254/v1'),
      env: { ALLOW_PRIVATE_UPSTREAMS: 'false' },
    });
    await expect(starting).rejects.toThrow(/emulator: base_url: is a loopback or private address/);
  });
});
