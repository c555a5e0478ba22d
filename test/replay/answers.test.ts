import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HAS_RECORDINGS, MISSING_RECORDINGS } from '../support/recordings.ts';
import { expectAnswer, expectedAnswer } from './expect-answer.ts';
import { readCounts } from './read-chat.ts';
import { readGeminiVectors, readVectors } from './read-vectors.ts';
import { partsOf } from './recorded-answer.ts';
import { allReplays, type Replay, type ReplayKind } from './replays.ts';
import { type Replayed, runReplay } from './run-replay.ts';
import { asRecorded, overLoopback } from './transports.ts';

const REPLAYS = allReplays();

const ofKind = (kind: ReplayKind) => REPLAYS.filter((replay) => replay.kind === kind);
const parse = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8'));

/** Fails unless headers that concern the client came through. */
function expectHeaders({ exchange }: Replay, { headers }: Replayed): void {
  for (const [name, value] of Object.entries(exchange.headers)) {
    if (/^(request-id$|retry-after|x-ratelimit-|anthropic-ratelimit-)/.test(name))
      expect(headers[name]).toBe(value);
    if (name === 'x-request-id') expect(headers['x-upstream-request-id']).toBe(value);
  }
}

describe.skipIf(!HAS_RECORDINGS)(`answers as they were recorded${MISSING_RECORDINGS}`, () => {
  it('are there', () => {
    expect(ofKind('answer')).not.toEqual([]);
  });

  it.each(ofKind('answer'))('$name: text, calls, reasoning, finish reason and usage', async (replay) => {
    const expected = expectedAnswer(replay);
    const transport = asRecorded(replay.exchange);
    const replayed = await runReplay(replay.call, transport);
    expectAnswer(replay, expected, replayed);
    expect(replayed.status).toBe(200);
    expectHeaders(replay, replayed);
    if (replay.recorded !== replay.answered) return;
    expect(replayed.body.equals(replay.exchange.body), 'byte for byte').toBe(true);
    expect(parse(Buffer.from(transport.requests[0]?.body ?? '')), 'the request').toEqual(replay.call.body);
  });

  it.each(ofKind('answer'))('$name: the same over a real connection', async (replay) => {
    const replayed = await runReplay(...(await overLoopback(replay)));
    expectAnswer(replay, expectedAnswer(replay), replayed);
  });

  it.each(ofKind('answer').filter(({ exchange }) => exchange.isStream))(
    '$name: a client that asked for no usage gets none, and the ledger does',
    async (replay) => {
      const { stream_options: _, ...body } = replay.call.body;
      const call = { ...replay.call, body, withholdUsage: true };
      const { body: bytes, outcome } = await runReplay(call, asRecorded(replay.exchange));
      expect(outcome.usage).toEqual(expectedAnswer(replay).usage);
      if (replay.answered === 'chat')
        expect(bytes.toString('utf8')).not.toMatch(/"choices":\[\][^\n]*"usage":\{/);
      if (replay.recorded !== replay.answered) expect(bytes.toString('utf8')).not.toContain('"usage"');
    },
  );
});

describe.skipIf(!HAS_RECORDINGS)(`documents without an answer${MISSING_RECORDINGS}`, () => {
  it('are there', () => {
    expect(ofKind('plain')).not.toEqual([]);
  });

  it.each(ofKind('plain'))('$name: what was counted or embedded', async (replay) => {
    for (const [call, transport] of [
      [replay.call, asRecorded(replay.exchange)] as const,
      await overLoopback(replay),
    ]) {
      const { status, body, outcome } = await runReplay(call, transport);
      expect(status).toBe(200);
      expect(outcome.kind).toBe('success');
      if (replay.recorded === replay.answered) {
        expect(body.equals(replay.exchange.body), 'byte for byte').toBe(true);
        expect(outcome.usage).toEqual(countsIn(replay));
      } else {
        expect(readVectors(parse(body))).toEqual(readGeminiVectors(parse(replay.exchange.body)));
      }
    }
  });
});

/** An answer that counts tokens has counted them as those of a prompt. */
function countsIn({ recorded, exchange }: Replay) {
  const document = parse(exchange.body);
  if (recorded !== 'count') return readCounts(document);
  const { input_tokens: prompt } = z.object({ input_tokens: z.number() }).parse(document);
  return { prompt, completion: 0, cached: 0, reasoning: 0 };
}

describe.skipIf(!HAS_RECORDINGS)(`what has to come back in the next turn${MISSING_RECORDINGS}`, () => {
  const withOpaqueParts = ofKind('answer').filter(
    ({ recorded, answered, exchange }) =>
      recorded !== answered && opaqueParts(partsOf(exchange.isStream, exchange.body)).length > 0,
  );

  it('is there', () => {
    expect(withOpaqueParts).not.toEqual([]);
  });

  it.each(withOpaqueParts)(
    '$name: signatures and hidden thinking go out unchanged',
    async ({ exchange, call }) => {
      const { body } = await runReplay(call, asRecorded(exchange));
      for (const part of opaqueParts(partsOf(exchange.isStream, exchange.body))) {
        expect(body.includes(JSON.stringify(part)), part.slice(0, 40)).toBe(true);
      }
    },
  );
});

/** What must be sent back in the next turn, unchanged: signatures, and thinking that nobody can read. */
function opaqueParts(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(opaqueParts);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) => {
    const isOpaque =
      /^(signature|thoughtSignature)$/.test(name) || (name === 'data' && Object.hasOwn(node, 'type'));
    return isOpaque && typeof value === 'string' && value !== '' ? [value] : opaqueParts(value);
  });
}
