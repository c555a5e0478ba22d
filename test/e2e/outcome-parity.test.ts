import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCounted } from '../support/counted-outcomes.ts';
import {
  type EmulatedGateway,
  emulate,
  emulatedFile,
  KEYS,
  MODEL,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { type RunningGateway, startGateway } from '../support/running-gateway.ts';

const PATHS = ['legacy', 'litellm'] as const;
const LIMITS = { connectMs: 2_000, headersMs: 1_500, idleMs: 1_500 };
const text = 'one two three four five six seven eight nine ten eleven twelve';

async function expectSameCount(gateway: RunningGateway, body: object, outcome: string): Promise<void> {
  for (const path of PATHS) {
    await expectCounted(gateway, path, outcome, async () => {
      await (await postChat(gateway, { key: KEYS[path], body: { model: MODEL, ...body } })).text();
    });
  }
}

describe('a fault of the provider counts the same on both paths', () => {
  let gateway: EmulatedGateway;
  beforeAll(async () => {
    gateway = await startEmulatedGateway({ settings: { upstreamLimits: LIMITS } });
  });
  afterAll(() => gateway.stop());

  const faults: [string, object, object, string][] = [
    ['400', { status: 400 }, {}, 'client_error'],
    ['429', { status: 429 }, { stream: true }, 'rate_limited'],
    ['500', { status: 500 }, { stream: true }, 'upstream_error'],
    ['503 as an HTML page', { status: 503, htmlError: true }, {}, 'upstream_error'],
    ['504', { status: 504 }, {}, 'timeout'],
    ['half a document', { badJson: true }, {}, 'upstream_error'],
    ['a reset amid a document', { cut: 'reset' }, {}, 'upstream_error'],
    ['no answer at all', { hang: 'before_headers' }, {}, 'timeout'],
    ['a stream that begins with an error', { errorFirstEvent: true }, { stream: true }, 'upstream_error'],
    [
      'an error amid a stream',
      { errorMidStream: true, afterEvents: 3, text },
      { stream: true },
      'upstream_error',
    ],
    ['a stream cut by a reset', { cut: 'reset', afterEvents: 3, text }, { stream: true }, 'truncated'],
    ['a stream cut cleanly', { cut: 'clean', afterEvents: 3, text }, { stream: true }, 'truncated'],
    ['a stream cut before its first event', { cut: 'reset', afterEvents: 0 }, { stream: true }, 'truncated'],
    ['a stream that goes silent', { hang: 'mid_stream', afterEvents: 2, text }, { stream: true }, 'timeout'],
    [
      'a reset behind the finish reason',
      { cut: 'reset', afterEvents: 3, text: 'word' },
      { stream: true },
      'success',
    ],
    ['a stream without [DONE]', { noDone: true, text }, { stream: true }, 'success'],
  ];
  it.each(faults)('%s', async (_name, directive, extra, outcome) => {
    await expectSameCount(gateway, { ...extra, messages: [emulate(directive)] }, outcome);
  });

  it.each([
    ['reset', { cut: 'reset' }],
    ['clean', { cut: 'clean' }],
  ])('two choices, one of them never finished (%s)', async (_name, cut) => {
    // Two choices of one piece each: role, role, text, text, finish, finish; the cut falls between the last two.
    const directive = { ...cut, text: 'word', afterEvents: cut.cut === 'reset' ? 5 : 4 };
    await expectSameCount(gateway, { stream: true, n: 2, messages: [emulate(directive)] }, 'truncated');
  });
});

describe('an answer that is none counts the same on both paths', () => {
  let provider: RawProvider;
  let gateway: RunningGateway;
  beforeAll(async () => {
    provider = await startRawProvider();
    gateway = await startGateway({ file: emulatedFile(provider.url) });
  });
  afterAll(async () => {
    await gateway.stop();
    provider.close();
  });

  const json = 'application/json';
  const completion = '{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}]}';
  const answers: [string, number, string, string, boolean, string][] = [
    ['an HTML page under 200', 200, 'text/html', '<html></html>', false, 'upstream_error'],
    ['plain text under 200', 200, 'text/plain', 'hello', false, 'upstream_error'],
    ['an array under 200', 200, json, '[1]', false, 'upstream_error'],
    ['an object without choices under 200', 200, json, '{"id":"x"}', false, 'upstream_error'],
    [
      'an error under 200',
      200,
      json,
      '{"error":{"message":"no","code":"overloaded"}}',
      false,
      'upstream_error',
    ],
    ['a document in place of a stream', 200, json, completion, true, 'upstream_error'],
    ['an error in place of a stream', 200, json, '{"error":{"message":"no"}}', true, 'upstream_error'],
    ['a broken error under 400', 400, json, '{"error":{"mess', false, 'upstream_error'],
    ['a broken error under 429', 429, json, '{"error":{"mess', false, 'upstream_error'],
    [
      'an error as the finish reason',
      200,
      json,
      completion.replace('"stop"', '"overloaded_error"'),
      false,
      'upstream_error',
    ],
    ['an answer', 200, json, completion, false, 'success'],
  ];
  it.each(answers)('%s', async (_name, status, contentType, body, stream, outcome) => {
    provider.answerWith((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': contentType }).end(body);
    });
    await expectSameCount(gateway, { stream, messages: [{ role: 'user', content: 'Hello' }] }, outcome);
  });

  const choice = (fields: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...fields }] })}\n\n`;
  const firstChoice =
    choice({ delta: { role: 'assistant', content: 'Hi' } }) + choice({ delta: {}, finish_reason: 'stop' });
  const cuts: [string, string, string][] = [
    ['cut behind the first of them', firstChoice, 'truncated'],
    ['that the provider ends behind the first of them', `${firstChoice}data: [DONE]\n\n`, 'success'],
  ];
  it.each(cuts)('a stream of two choices %s', async (_name, body, outcome) => {
    provider.answerWith((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body);
    });
    const messages = [{ role: 'user', content: 'Hello' }];
    await expectSameCount(gateway, { stream: true, n: 2, messages }, outcome);
  });

  it('nobody listens at the provider’s address', async () => {
    const deserted = await startGateway({ file: emulatedFile('http://127.0.0.1:9') });
    try {
      await expectSameCount(deserted, { messages: [{ role: 'user', content: 'Hello' }] }, 'upstream_error');
    } finally {
      await deserted.stop();
    }
  });

  it('tells a client that asked for a stream what the provider said in its place', async () => {
    provider.answerWith((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': json }).end('{"error":{"message":"no","code":"quota"}}');
    });
    const body = { model: MODEL, stream: true, messages: [{ role: 'user', content: 'Hello' }] };
    const response = await postChat(gateway, { key: KEYS.litellm, body });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_stream_error' } });
  });

  it('is not held up by an error text made to be slow to search', async () => {
    provider.answerWith((request, response) => {
      request.resume();
      const message = 'sk-'.repeat(500_000);
      response.writeHead(400, { 'content-type': json }).end(JSON.stringify({ error: { message } }));
    });
    const response = await postChat(gateway, { key: KEYS.litellm });
    expect(response.status).toBe(400);
    expect((await response.text()).length).toBeLessThan(2_000);
  });
});
