import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WAYS } from '../regressions/accounts.ts';
import { chunksOf } from '../regressions/scripted-provider.ts';
import {
  askModel,
  completion,
  completionChunks,
  pairOf,
  type RoutedGateway,
  startRoutedGateway,
} from './routed-gateway.ts';

const BREAKER_OPEN_MS = 120_000;
const STATUSES = [429, 500, 502, 503, 504];
/** Each test has models of its own, since what fails has its breaker opened. */
const PURPOSES = [
  ...STATUSES.map((status) => `status-${status}`),
  'order',
  'whole',
  'own',
  'begun',
  'unbegun',
  'picky',
  'breaker',
  'clients',
  'down',
];
const nameFor = (purpose: string, key: string) => `${purpose}-${key}`;

let gateway: RoutedGateway;
beforeAll(async () => {
  const pairs = WAYS.flatMap(([, key]) =>
    PURPOSES.map((purpose) => {
      const name = nameFor(purpose, key);
      const targets = [{ model: `${name}-1`, on_status_codes: [418, 500] }, { model: `${name}-2` }];
      return pairOf(name, purpose === 'picky' ? { targets } : {});
    }),
  );
  gateway = await startRoutedGateway(pairs);
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.first.answerJson(completion('from the first'));
  gateway.second.answerJson(completion('from the second'));
});
afterEach(() => void vi.useRealTimers());

const failing = { error: { message: 'not now', type: 'server_error', code: 'not_now' } };

/** How many requests each provider got since it was last told how to answer. */
const counts = () => [gateway.first.requests.length, gateway.second.requests.length];

describe.each(WAYS)('a fallback on %s', (_way, key) => {
  const ask = (purpose: string, more: object = {}) => askModel(gateway, key, nameFor(purpose, key), more);

  it('R3 asks the first target as long as that serves, and the next only when it fails', async () => {
    for (let round = 0; round < 3; round += 1) expect((await ask('order')).text).toContain('from the first');
    expect(counts()).toEqual([3, 0]);
    gateway.first.answerJson(failing, 503);
    expect((await ask('order')).text).toContain('from the second');
    gateway.first.answerJson(completion('from the first'));
    expect((await ask('order')).text).toContain('from the first');
  });

  it.each(STATUSES)('R4 asks the next target at status %d, and none of them twice', async (status) => {
    gateway.first.answerJson(failing, status, { 'retry-after-ms': '1' });
    const { status: given, text } = await ask(`status-${status}`);
    expect([given, text]).toEqual([200, expect.stringContaining('from the second')]);
    expect(counts()).toEqual([1, 1]);
  });

  it('R4 honours the statuses that are set for a target, in place of the usual ones', async () => {
    gateway.first.answerJson(failing, 418);
    expect((await ask('picky')).text).toContain('from the second');
    gateway.first.answerJson(failing, 503);
    expect((await ask('picky')).status).toBe(503);
    expect(counts()[0]).toBe(1);
  });

  it('R5 sends the next target the request as the client sent it', async () => {
    gateway.first.answerJson(failing, 500);
    const request = {
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: [{ type: 'text', text: 'What is this?' }, picture] },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: '' },
      ],
      tools: [
        { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } },
      ],
      tool_choice: 'auto',
      temperature: 0,
      user: 'u-1',
    };
    expect((await ask('whole', request)).status).toBe(200);
    const [one, two] = [gateway.first.requests[0]?.body, gateway.second.requests[0]?.body];
    expect(one).toMatchObject(request);
    expect({ ...two, model: '' }).toEqual({ ...one, model: '' });
  });

  it('R6 asks each target for its own model, whatever name the client used', async () => {
    gateway.first.answerJson(failing, 500);
    await ask('own');
    const name = nameFor('own', key);
    const asked = [gateway.first, gateway.second].map(({ requests }) =>
      requests.map(({ body }) => body.model),
    );
    expect(asked).toEqual([[`${name}-1-2024`], [`${name}-2-2024`]]);
  });

  it('R7 asks nobody else once the client has something of a stream', async () => {
    gateway.first.answerWith((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunksOf(...completionChunks('a beginning'))[0]);
      setImmediate(() => response.destroy());
    });
    const { text } = await ask('begun', { stream: true });
    expect(text).toContain('a beginning');
    expect(text).not.toContain('from the second');
    expect(counts()).toEqual([1, 0]);
  });

  it('R7 asks the next target for a stream of which nothing has come', async () => {
    gateway.first.answerJson(failing, 503);
    gateway.second.answerStream(chunksOf(...completionChunks('from the second')));
    const { status, headers, text } = await ask('unbegun', { stream: true });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/event-stream');
    expect(text).toContain('from the second');
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  it('R2 passes by a target that has failed twice, and asks it again after two minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    gateway.first.answerJson(failing, 500);
    for (let round = 0; round < 4; round += 1) expect((await ask('breaker')).status).toBe(200);
    expect(counts()).toEqual([2, 4]);
    vi.setSystemTime(Date.now() + BREAKER_OPEN_MS);
    gateway.first.answerJson(completion('from the first'));
    for (let round = 0; round < 3; round += 1)
      expect((await ask('breaker')).text).toContain('from the first');
  });

  it('R2 does not pass by a target for what clients did wrong', async () => {
    gateway.first.answerJson({ error: { message: 'bad', type: 'invalid_request_error' } }, 400);
    for (let round = 0; round < 4; round += 1) expect((await ask('clients')).status).toBe(400);
    gateway.first.answerJson(completion('from the first'));
    expect((await ask('clients')).text).toContain('from the first');
    expect(counts()).toEqual([1, 0]);
  });

  it('R5 walks the whole list once where all fail, and says then that it is overloaded: never a 500', async () => {
    gateway.first.answerJson(failing, 502);
    gateway.second.answerJson(failing, 503);
    for (let round = 1; round <= 2; round += 1) {
      expect((await ask('down')).status).toBe(503);
      expect(counts()).toEqual([round, round]);
    }
    const { status, headers, text } = await ask('down');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'upstream_overloaded' } });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(counts()).toEqual([2, 2]);
  });
});

const picture = { type: 'image_url', image_url: { url: 'https://pictures.example/1.png' } };
const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
