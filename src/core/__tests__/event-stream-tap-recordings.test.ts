import { describe, expect, it } from 'vitest';
import { inChunks, withComments, withCrlf } from '../../../test/support/event-stream.ts';
import { RECORDED_ERROR_STREAM, RECORDED_STREAMS } from '../../../test/support/recorded-streams.ts';
import {
  HAS_RECORDINGS,
  MISSING_RECORDINGS,
  recordedStream,
  recordingNames,
} from '../../../test/support/recordings.ts';
import { answerDialectOf } from '../answer-dialect.ts';
import { EventStreamTap } from '../event-stream-tap.ts';

const SIZES = [1, 2, 3, 7, 64, Number.MAX_SAFE_INTEGER];

const VARIANTS: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['as recorded', (bytes) => bytes],
  ['with CRLF', withCrlf],
  ['with comments', withComments],
  ['with comments and CRLF', (bytes) => withCrlf(withComments(bytes))],
];

function replay(bytes: Buffer, size: number, options: { withholdUsage: boolean; endsAtError: boolean }) {
  const tap = new EventStreamTap({ dialect: answerDialectOf('chat.completions'), choices: 1, ...options });
  const out = inChunks(bytes, size).map((chunk) => Buffer.from(tap.push(chunk)));
  return { tap, out: Buffer.concat([...out, tap.end()]) };
}

/** The stream without its usage frame, found in a way of its own: by the frame's text. */
function withoutUsageFrame(bytes: Buffer): string {
  const events = bytes.toString('utf8').split(/(?<=\r?\n\r?\n)/);
  return events.filter((event) => !(/"choices":\[\]/.test(event) && /"usage":\{/.test(event))).join('');
}

it.skipIf(!HAS_RECORDINGS)(`every raw recording of OpenAI is replayed${MISSING_RECORDINGS}`, () => {
  const replayed = [...RECORDED_STREAMS.map(({ path }) => path), RECORDED_ERROR_STREAM];
  expect(replayed).toEqual(
    expect.arrayContaining(recordingNames('openai', '.sse').map((name) => `openai/${name}`)),
  );
});

describe.skipIf(!HAS_RECORDINGS)(`the tap over recorded streams${MISSING_RECORDINGS}`, () => {
  describe.each(VARIANTS)('%s', (_, vary) => {
    it.each(RECORDED_STREAMS)('$path: same bytes and same facts, however it is split', (recorded) => {
      const bytes = vary(recordedStream(recorded.path));
      for (const size of SIZES) {
        const { tap, out } = replay(bytes, size, {
          withholdUsage: false,
          endsAtError: true,
        });
        expect(out.equals(bytes), `bytes at chunks of ${size}`).toBe(true);
        expect(tap, `facts at chunks of ${size}`).toMatchObject({
          finishReason: recorded.finishReason,
          usage: recorded.usage,
          isComplete: true,
          done: true,
          sawToken: recorded.path !== 'openai/chat-stream-include-usage.yaml',
          errorCode: undefined,
          isInsideEvent: false,
        });
      }
    });

    it.each(RECORDED_STREAMS)('$path: only the usage frame is withheld', (recorded) => {
      const bytes = vary(recordedStream(recorded.path));
      const expected = withoutUsageFrame(bytes);
      expect(expected.length < bytes.toString('utf8').length).toBe(recorded.hasUsageFrame);
      for (const size of SIZES) {
        const { tap, out } = replay(bytes, size, {
          withholdUsage: true,
          endsAtError: true,
        });
        expect(out.toString('utf8') === expected, `bytes at chunks of ${size}`).toBe(true);
        expect(tap.usage, `usage at chunks of ${size}`).toEqual(recorded.usage);
      }
    });

    it(`${RECORDED_ERROR_STREAM}: the error is found and nothing behind it released`, () => {
      const bytes = vary(recordedStream(RECORDED_ERROR_STREAM));
      for (const size of SIZES) {
        const { tap, out } = replay(bytes, size, { withholdUsage: false, endsAtError: true });
        expect(tap.errorCode).toBe('server_error');
        expect(out.toString('utf8')).not.toContain('[DONE]');
        expect(out.toString('utf8')).toContain('"type":"server_error"');
      }
    });
  });
});
