import { describe, expect, it } from 'vitest';
import type { ProviderCall } from '../../src/core/provider-call.ts';
import { type ReadEvent, readEvents, wholeEvents } from '../support/event-stream.ts';
import { HAS_RECORDINGS, MISSING_RECORDINGS } from '../support/recordings.ts';
import { isFinished } from './client-answer.ts';
import type { ReadAnswer } from './read-answer.ts';
import { readBody } from './recorded-answer.ts';
import { plainStream } from './recorded-stream-variants.ts';
import { allReplays, type Replay, underPortkey } from './replays.ts';
import { type Replayed, runReplay } from './run-replay.ts';
import { inPieces } from './transports.ts';

const RECORDED = allReplays().filter(({ exchange, kind }) => exchange.isStream && kind === 'answer');
const TRANSLATED = RECORDED.filter(({ recorded, answered }) => recorded !== answered);
/** A cut is told under either compat; what is relayed takes the same way under both. */
const STREAMS = [...RECORDED, ...TRANSLATED.map(underPortkey)];
/** How many places of one stream are tried; they lie evenly, apart from the last events, which are all tried. */
const MAX_PLACES = 24;
const LAST_EVENTS = 4;
/** What is told where the client was told nothing yet. */
const REJECTED = 'rejected';

interface Cut {
  readonly place: string;
  readonly chunks: readonly Buffer[];
  /** The events that came with their blank line. */
  readonly ended: Buffer;
  /** Those, and one that lacks nothing but its blank line: it counts where it makes the answer complete. */
  readonly passed: Buffer;
}

/** Behind an event or before all, inside the next, and right before its blank line, which makes it a whole one. */
function cutsOf(stream: Buffer): Cut[] {
  const events = wholeEvents(stream);
  const step = Math.max(1, Math.floor(events.length / MAX_PLACES));
  const isTried = (kept: number) => kept % step === 0 || kept >= events.length - LAST_EVENTS;
  const places = [...events.keys()].filter(isTried);
  return places.flatMap((kept) => {
    const before = events.slice(0, kept);
    const ended = Buffer.concat(before);
    const next = events[kept] ?? Buffer.alloc(0);
    const half = next.subarray(0, Math.floor(next.length / 2));
    const unended = next.subarray(0, -2);
    const passed = Buffer.concat([ended, next]);
    return [
      { place: `behind event ${kept}`, chunks: before, ended, passed: ended },
      { place: `inside event ${kept + 1}`, chunks: [...before, half], ended, passed: ended },
      { place: `before the blank line of event ${kept + 1}`, chunks: [...before, unended], ended, passed },
    ];
  });
}

const END_EVENT = /"type": ?"(message_stop|response\.(completed|incomplete|failed))"/;

/** Whether the answer is all there: by its end event where the dialect has one, else by every choice's finish reason. */
function isComplete({ recorded, exchange }: Replay, passed: Buffer): boolean {
  if (recorded === 'messages' || recorded === 'responses') return END_EVENT.test(passed.toString('utf8'));
  const all = readBody(recorded, true, exchange.body);
  const came = readBody(recorded, true, passed);
  return isFinished(came) && came.choices.length === all.choices.length;
}

/** The answer, or that there was none because nothing had gone out yet. */
async function replayCut(replay: Replay, cut: Cut, fault?: Error): Promise<Replayed | typeof REJECTED> {
  try {
    return await runReplay(replay.call, inPieces(replay.exchange, cut.chunks, fault));
  } catch (error) {
    expect(error, cut.place).toMatchObject({ code: 'upstream_interrupted', status: 502 });
    return REJECTED;
  }
}

/** The events of a stream that may have lost its last blank line. */
const eventsIn = (body: Buffer) => readEvents(Buffer.concat([body, Buffer.from('\n\n')]));
const isData = ({ name, data }: ReadEvent) => name !== 'error' && data !== '[DONE]';

function expectTruncated({ answered }: Replay, { body, outcome }: Replayed, place: string): void {
  expect(outcome, place).toMatchObject({ kind: 'truncated', errorCode: 'upstream_interrupted' });
  const last = eventsIn(body).at(-1);
  expect(last?.name, place).toBe('error');
  expect(JSON.parse(last?.data ?? ''), place).toMatchObject(
    answered === 'chat' ? { error: { code: 'upstream_interrupted' } } : { type: 'error' },
  );
  expect(body.toString('utf8'), place).not.toContain('[DONE]');
}

/**
 * Text and reasoning, which are the same wherever they are cut; calls may be withheld until they are whole, and
 * Portkey's ways withhold reasoning.
 */
function saidIn({ choices }: ReadAnswer, { key }: ProviderCall) {
  const withReasoning = key.compat === 'openai';
  return choices
    .map(({ text, reasoning }) => ({ text, reasoning: withReasoning ? reasoning : '' }))
    .filter((said) => said.text + said.reasoning !== '');
}

/** Fails unless the client has what these events say. */
function expectNothingLost(
  { recorded, answered, call }: Replay,
  events: Buffer,
  { body }: Replayed,
  place: string,
): void {
  if (recorded === answered) {
    const bare = events.subarray(0, -2);
    expect(body.subarray(0, bare.length).equals(bare), place).toBe(true);
    return;
  }
  const out = eventsIn(body).filter(isData);
  const read = readBody('chat', true, Buffer.from(out.map(({ data }) => `data: ${data}\n\n`).join('')));
  expect(saidIn(read, call), place).toEqual(saidIn(readBody(recorded, true, events), call));
}

/** Fails unless there was nothing that the client could have been given. */
function expectNothingSaid({ recorded, answered, call }: Replay, { ended, place }: Cut): void {
  if (recorded === answered) expect(ended.length, place).toBe(0);
  else expect(saidIn(readBody(recorded, true, ended), call), place).toEqual([]);
}

describe.skipIf(!HAS_RECORDINGS)(`streams that are cut before their end${MISSING_RECORDINGS}`, () => {
  it('are there', () => {
    expect(STREAMS).not.toEqual([]);
  });

  it.each(STREAMS)('$name: is told wherever the answer is not complete', async (replay) => {
    for (const cut of cutsOf(plainStream(replay.exchange.body))) {
      const replayed = await replayCut(replay, cut);
      const complete = isComplete(replay, cut.passed);
      if (replayed === REJECTED) {
        expectNothingSaid(replay, cut);
        continue;
      }
      expectNothingLost(replay, complete ? cut.passed : cut.ended, replayed, cut.place);
      if (!complete) {
        expectTruncated(replay, replayed, cut.place);
        continue;
      }
      expect(replayed.outcome.kind, cut.place).toBe('success');
      if (replay.answered === 'chat') expect(eventsIn(replayed.body).at(-1)?.data, cut.place).toBe('[DONE]');
    }
  });

  it.each(STREAMS)(
    '$name: a connection that fails makes no end marker, and is told before one',
    async (replay) => {
      for (const cut of cutsOf(plainStream(replay.exchange.body))) {
        const replayed = await replayCut(replay, cut, new Error('The connection failed.'));
        if (replayed === REJECTED) continue;
        if (replayed.outcome.kind === 'truncated') {
          expectTruncated(replay, replayed, cut.place);
          continue;
        }
        expect(isComplete(replay, cut.passed), cut.place).toBe(true);
        const hasEnded = replay.answered !== 'chat' || replayed.body.includes('[DONE]');
        expect(eventsIn(replayed.body).at(-1)?.name === 'error', cut.place).toBe(!hasEnded);
      }
    },
  );
});
