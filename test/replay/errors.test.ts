import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GatewayError } from '../../src/core/gateway-error.ts';
import { HAS_RECORDINGS, MISSING_RECORDINGS } from '../support/recordings.ts';
import { readError } from './read-error.ts';
import { allReplays, type Replay, type ReplayKind } from './replays.ts';
import { type Replayed, runReplay } from './run-replay.ts';
import { asRecorded, overLoopback } from './transports.ts';

const REPLAYS = allReplays();
const ofKind = (kind: ReplayKind) => REPLAYS.filter((replay) => replay.kind === kind);

const openAIError = z.looseObject({
  error: z.looseObject({
    message: z.string().min(1),
    type: z.string().min(1),
    param: z.string().nullable(),
    code: z.union([z.string(), z.number()]).nullable(),
  }),
});
const anthropicError = z.looseObject({
  type: z.literal('error'),
  error: z.looseObject({ type: z.string().min(1), message: z.string().min(1) }),
});

/** In OpenAI's dialect an overloaded provider has another status: 529 is none that its clients know. */
function clientStatus({ call, exchange }: Replay): number {
  return exchange.status === 529 && call.endpoint !== 'messages' ? 503 : exchange.status;
}

function outcomeOf(status: number): string {
  if (status === 429) return 'rate_limited';
  return status < 500 ? 'client_error' : 'upstream_error';
}

/** Anthropic puts the request's id into the error's document, for its support to find. */
function requestIdIn(body: Buffer): string | undefined {
  return z.looseObject({ request_id: z.string().optional() }).parse(JSON.parse(body.toString('utf8')))
    .request_id;
}

/** Gemini says in the error's document how long to wait; whole seconds, as a header has them. */
function retryDelayIn(body: Buffer): string | undefined {
  const [, seconds] = /"retryDelay":\s*"([\d.]+)s"/.exec(body.toString('utf8')) ?? [];
  return seconds === undefined ? undefined : String(Math.ceil(Number(seconds)));
}

function expectError(replay: Replay, { status, headers, body, outcome }: Replayed): void {
  const { exchange, call, recorded } = replay;
  expect(status).toBe(clientStatus(replay));
  expect(outcome.kind).toBe(outcomeOf(exchange.status));
  expect(headers['content-type']).toMatch(/^application\/json/);
  expect(headers['retry-after']).toBe(exchange.headers['retry-after'] ?? retryDelayIn(exchange.body));
  const schema = call.endpoint === 'messages' ? anthropicError : openAIError;
  const { error } = schema.parse(JSON.parse(body.toString('utf8')));
  const sent = readError(exchange.body);
  if (call.endpoint === 'messages') expect(requestIdIn(body)).toBe(requestIdIn(exchange.body));
  for (const words of sent.words) expect(error.message).toContain(words.slice(0, 200));
  expect(error.message).not.toContain('***');
  if (sent.type !== undefined && recorded !== 'gemini') expect(error.type).toBe(sent.type);
}

describe.skipIf(!HAS_RECORDINGS)(`errors as they were recorded${MISSING_RECORDINGS}`, () => {
  it('are there', () => {
    expect(ofKind('error')).not.toEqual([]);
  });

  it.each(ofKind('error'))('$name: status, words, type and time to wait', async (replay) => {
    expectError(replay, await runReplay(replay.call, asRecorded(replay.exchange)));
  });

  it.each(ofKind('error'))('$name: the same over a real connection', async (replay) => {
    expectError(replay, await runReplay(...(await overLoopback(replay))));
  });

  it.each(ofKind('error'))('$name: the same where a stream was asked for', async (replay) => {
    const body = { ...replay.call.body, stream: true };
    expectError(replay, await runReplay({ ...replay.call, body, stream: true }, asRecorded(replay.exchange)));
  });

  it.each(ofKind('error-event'))(
    '$name: an error in the first event is an error’s status',
    async (replay) => {
      const call = runReplay(replay.call, asRecorded(replay.exchange));
      await expect(call).rejects.toMatchObject({ code: 'upstream_stream_error', status: 502 });
    },
  );
});

/** A blocked prompt is told by an answer, or by a fault that becomes one: either way the client gets this. */
async function answerOf(replayed: Promise<Replayed>): Promise<{ status: number; error: unknown }> {
  const settled = await replayed.catch((fault: unknown) => fault);
  if (settled instanceof GatewayError) return { status: settled.status, ...settled.toBody() };
  const { status, body } = await replayed;
  return { status, ...openAIError.parse(JSON.parse(body.toString('utf8'))) };
}

describe.skipIf(!HAS_RECORDINGS)(`prompts that were blocked${MISSING_RECORDINGS}`, () => {
  it('are there', () => {
    expect(ofKind('blocked-prompt')).not.toEqual([]);
  });

  it.each(ofKind('blocked-prompt'))('$name: are a client’s error, and no empty success', async (replay) => {
    const answer = await answerOf(runReplay(replay.call, asRecorded(replay.exchange)));
    expect(answer).toMatchObject({ status: 400, error: { code: 'content_filter' } });
  });

  it.each(ofKind('blocked-prompt'))('$name: the same over a real connection', async (replay) => {
    const answer = await answerOf(runReplay(...(await overLoopback(replay))));
    expect(answer).toMatchObject({ status: 400, error: { code: 'content_filter' } });
  });
});
