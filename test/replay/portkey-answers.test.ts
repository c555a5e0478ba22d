import { describe, expect, it } from 'vitest';
import { readEvents } from '../support/event-stream.ts';
import { HAS_RECORDINGS, MISSING_RECORDINGS } from '../support/recordings.ts';
import { expectedAnswer } from './expect-answer.ts';
import type { ReadAnswer } from './read-answer.ts';
import { readBody } from './recorded-answer.ts';
import { allReplays, underPortkey } from './replays.ts';
import { runReplay } from './run-replay.ts';
import { asRecorded } from './transports.ts';

const ANSWERS = allReplays()
  .filter(({ kind }) => kind === 'answer')
  .map(underPortkey);

/** What Portkey's ways may not cost a client, whatever they do to finish reasons, reasoning and usage. */
function substance({ choices }: ReadAnswer) {
  return choices.map(({ text, refusal, toolCalls }) => ({ text, refusal, toolCalls }));
}

describe.skipIf(!HAS_RECORDINGS)(`answers under compat: portkey${MISSING_RECORDINGS}`, () => {
  it('are there', () => {
    expect(ANSWERS).not.toEqual([]);
  });

  it.each(ANSWERS)('$name: no text and no call is lost, and the ledger is right', async (replay) => {
    const { exchange, call, answered } = replay;
    const expected = expectedAnswer(replay);
    const { body, outcome } = await runReplay(call, asRecorded(exchange));
    expect(outcome).toMatchObject({ kind: 'success', usage: expected.usage });
    expect(substance(readBody(answered, exchange.isStream, body))).toEqual(substance(expected));
    if (exchange.isStream && answered === 'chat') expect(readEvents(body).at(-1)?.data).toBe('[DONE]');
  });
});
