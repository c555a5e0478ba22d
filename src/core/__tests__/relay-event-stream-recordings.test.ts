import { describe, expect, it } from 'vitest';
import {
  inChunks,
  readAll,
  readEvents,
  sourceOf,
  wholeEvents,
  withComments,
  withCrlf,
} from '../../../test/support/event-stream.ts';
import { RECORDED_ERROR_STREAM, RECORDED_STREAMS } from '../../../test/support/recorded-streams.ts';
import { HAS_RECORDINGS, MISSING_RECORDINGS, recordedStream } from '../../../test/support/recordings.ts';
import { type TappedRelayOptions, tappedRelay } from '../../../test/support/tapped-relay.ts';
import { relayEventStream } from '../relay-event-stream.ts';

const SIZES = [1, 2, 3, 7, 64, Number.MAX_SAFE_INTEGER];
const DONE = 'data: [DONE]\n\n';

async function relay(chunks: readonly Uint8Array[], options: TappedRelayOptions) {
  const { body, outcome } = await relayEventStream(
    tappedRelay(sourceOf(chunks), {
      ...options,
    }),
  );
  return { bytes: await readAll(body), outcome: await outcome };
}

/** Whether every choice has its finish reason in these events. */
function isFinished(events: readonly Buffer[], choices: number): boolean {
  const all = Buffer.concat([...events]).toString('utf8');
  return (all.match(/"finish_reason": ?"/g) ?? []).length >= choices;
}

describe.skipIf(!HAS_RECORDINGS)(`the relay of recorded streams${MISSING_RECORDINGS}`, () => {
  describe.each(RECORDED_STREAMS)('$path', ({ path, finishReason, usage, choices, hasUsageFrame }) => {
    const recorded = HAS_RECORDINGS ? recordedStream(path) : Buffer.alloc(0);
    const events = wholeEvents(recorded);
    const variants = [recorded, withCrlf(recorded), withComments(recorded), withCrlf(withComments(recorded))];

    it.each(['strict', 'verbatim'] as const)('passes unchanged, however it is split (%s)', async (manner) => {
      for (const bytes of variants) {
        for (const size of SIZES) {
          const { bytes: out, outcome } = await relay(inChunks(bytes, size), { manner });
          expect(out.equals(bytes), `bytes at chunks of ${size}`).toBe(true);
          expect(outcome).toMatchObject({ kind: 'success', finishReason, usage, errorCode: undefined });
        }
      }
    });

    it('loses the usage frame and nothing else where that is withheld', async () => {
      for (const bytes of variants) {
        const { bytes: out, outcome } = await relay(inChunks(bytes, 7), { withholdUsage: true });
        const before = readEvents(bytes);
        const expected = before.filter(
          ({ data }) => !(/"choices":\[\]/.test(data) && /"usage":\{/.test(data)),
        );
        expect(readEvents(out)).toEqual(expected);
        expect(before.length - expected.length).toBe(hasUsageFrame ? 1 : 0);
        expect(outcome.usage).toEqual(usage);
      }
    });

    it('tells the client of every cut before the end, and takes none behind the finish reason for one', async () => {
      for (let kept = 1; kept < events.length; kept += 1) {
        const next = events[kept] ?? Buffer.alloc(0);
        for (const half of [0, 1, Math.floor(next.length / 2), next.length - 2]) {
          const passed = events.slice(0, kept);
          const { bytes: out, outcome } = await relay([...passed, next.subarray(0, half)], {});
          // An end marker may be the last that comes, without its blank line.
          const read = readEvents(Buffer.concat([out, Buffer.from('\n\n')]));
          const whole = [...passed, next.subarray(0, half)];
          const label = `cut ${half} bytes into event ${kept}`;
          if (isFinished(half > next.length - 3 ? whole : passed, choices)) {
            expect(outcome.kind, label).toBe('success');
            expect(read.at(-1), label).toEqual({ name: undefined, data: '[DONE]' });
            expect(out.subarray(0, Buffer.concat(passed).length).equals(Buffer.concat(passed))).toBe(true);
          } else {
            expect(outcome, label).toMatchObject({ kind: 'truncated', errorCode: 'upstream_interrupted' });
            expect(read.at(-1)?.name, label).toBe('error');
            expect(out.toString('utf8'), label).not.toContain('[DONE]');
          }
        }
      }
    });

    it('passes a cut as it is in the verbatim manner', async () => {
      for (let end = 1; end < recorded.length; end += 97) {
        const cut = recorded.subarray(0, end);
        const passed = wholeEvents(cut).filter((event) => event.subarray(-2).toString() === '\n\n');
        const { bytes: out, outcome } = await relay(inChunks(cut, 64), { manner: 'verbatim' });
        expect(out.equals(cut)).toBe(true);
        if (!cut.includes('"finish_reason":"')) expect(outcome.kind).toBe('truncated');
        if (isFinished(passed, choices)) expect(outcome.kind).toBe('success');
      }
    });

    it('has one end marker where the recording is relayed without its own', async () => {
      const unmarked = events.filter((event) => event.toString() !== DONE);
      const { bytes: out, outcome } = await relay(unmarked, {});
      expect(out.equals(recorded)).toBe(true);
      expect(outcome.kind).toBe('success');
    });
  });

  it(`${RECORDED_ERROR_STREAM} rejects in the strict manner, however it is split`, async () => {
    for (const size of SIZES) {
      const chunks = inChunks(recordedStream(RECORDED_ERROR_STREAM), size);
      await expect(relay(chunks, {})).rejects.toMatchObject({ code: 'upstream_stream_error' });
    }
  });

  it(`${RECORDED_ERROR_STREAM} passes unchanged in the verbatim manner and counts as a fault`, async () => {
    const bytes = recordedStream(RECORDED_ERROR_STREAM);
    const { bytes: out, outcome } = await relay(inChunks(bytes, 7), { manner: 'verbatim' });
    expect(out.equals(bytes)).toBe(true);
    expect(outcome).toMatchObject({ kind: 'upstream_error', errorCode: 'server_error' });
  });
});
