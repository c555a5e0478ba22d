import { describe, expect, it } from 'vitest';
import { inChunks } from '../support/event-stream.ts';
import { HAS_RECORDINGS, MISSING_RECORDINGS } from '../support/recordings.ts';
import { expectAnswer, expectedAnswer, expectOutcome } from './expect-answer.ts';
import { STREAM_VARIANTS } from './recorded-stream-variants.ts';
import { allReplays } from './replays.ts';
import { runReplay } from './run-replay.ts';
import { inPieces } from './transports.ts';

const SIZES = [1, 2, 3, 7, 64];
const STREAMS = allReplays().filter(({ exchange }) => exchange.isStream);
const ANSWERS = STREAMS.filter(({ kind }) => kind === 'answer');
/** Of a stream that holds an error and no answer nothing goes out: the client gets the error's status. */
const ERRORS = STREAMS.filter(({ kind }) => kind !== 'answer');

describe.skipIf(!HAS_RECORDINGS)(
  `streams in pieces of ${SIZES.join(', ')} bytes${MISSING_RECORDINGS}`,
  () => {
    it('are there', () => {
      expect(ANSWERS).not.toEqual([]);
      expect(ERRORS).not.toEqual([]);
    });

    describe.each(STREAM_VARIANTS)('%s', (_, vary) => {
      it.each(ANSWERS)('$name: same text, calls, reasoning, finish reason and usage', async (replay) => {
        const expected = expectedAnswer(replay);
        const stream = vary(replay.exchange.body);
        for (const size of SIZES) {
          const replayed = await runReplay(replay.call, inPieces(replay.exchange, inChunks(stream, size)));
          if (replay.recorded !== replay.answered) {
            expectAnswer(replay, expected, replayed);
          } else {
            expect(replayed.body.equals(stream), `bytes in pieces of ${size}`).toBe(true);
            expectOutcome(expected, replayed);
          }
        }
      });
    });
  },
);
