import { expect } from 'vitest';
import { chunksOf, isFinished, readStrictDocument, readStrictStream } from './client-answer.ts';
import type { ReadAnswer } from './read-answer.ts';
import { readChat } from './read-chat.ts';
import { inOpenAIWords, readBody } from './recorded-answer.ts';
import type { Replay } from './replays.ts';
import type { Replayed } from './run-replay.ts';

/** What the client of a replay is to get, read from the recording. */
export function expectedAnswer({ exchange, recorded, answered }: Replay): ReadAnswer {
  const answer = readBody(recorded, exchange.isStream, exchange.body);
  return recorded === answered ? answer : inOpenAIWords(answer);
}

/** Fails unless client and ledger got what was recorded: text, calls, reasoning, finish reason and usage. */
export function expectAnswer(replay: Replay, expected: ReadAnswer, replayed: Replayed): void {
  expectOutcome(expected, replayed);
  expect(clientAnswer(replay, replayed.body)).toEqual(expected);
}

/** Fails unless the ledger got what was recorded. */
export function expectOutcome({ choices, usage }: ReadAnswer, { outcome }: Replayed): void {
  expect(outcome).toMatchObject({
    kind: 'success',
    finishReason: choices.at(-1)?.finishReason,
    usage,
    errorCode: undefined,
  });
}

function clientAnswer({ exchange, recorded, answered }: Replay, body: Buffer): ReadAnswer {
  if (recorded !== answered) return exchange.isStream ? readStrictStream(body) : readStrictDocument(body);
  if (!exchange.isStream || answered !== 'chat') return readBody(answered, exchange.isStream, body);
  // A relayed stream is the provider's own, with its liberties.
  const answer = readChat(chunksOf(body));
  expect(isFinished(answer)).toBe(true);
  return answer;
}
