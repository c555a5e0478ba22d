import { describe, expect, it } from 'vitest';
import { readExchanges } from '../support/recorded-exchange.ts';
import { RECORDED_STREAMS } from '../support/recorded-streams.ts';
import {
  HAS_RECORDINGS,
  indexedRecordings,
  MISSING_RECORDINGS,
  recordingPaths,
} from '../support/recordings.ts';
import { EXCLUSIONS, whyExcluded } from './exclusions.ts';
import { expectedAnswer } from './expect-answer.ts';
import { FACTS_BY_EYE } from './facts-by-eye.ts';
import type { ReadAnswer } from './read-answer.ts';
import { allReplays, nameOf } from './replays.ts';

const REPLAYS = allReplays();

describe.skipIf(!HAS_RECORDINGS)(`the recordings${MISSING_RECORDINGS}`, () => {
  it('are indexed, every file of them', () => {
    expect(indexedRecordings().map(({ path }) => path)).toEqual(expect.arrayContaining(recordingPaths()));
  });

  it('are replayed or excluded for a reason, every file and every exchange of it', () => {
    const replayed = new Set(REPLAYS.map(({ exchange }) => nameOf(exchange)));
    const unaccounted = indexedRecordings().flatMap((recording) => {
      const exchanges = readExchanges(recording);
      if (exchanges.length === 0)
        return whyExcluded({ file: recording.path, path: undefined }) ? [] : [recording.path];
      return exchanges
        .filter((exchange) => replayed.has(nameOf(exchange)) === (whyExcluded(exchange) !== undefined))
        .map(nameOf);
    });
    expect(unaccounted).toEqual([]);
  });

  it.each(EXCLUSIONS)('have something that is excluded by $file', ({ file, path }) => {
    const matching = indexedRecordings().filter((recording) => file.test(recording.path));
    expect(matching).not.toEqual([]);
    if (path === undefined) return;
    const exchanges = matching.flatMap(readExchanges);
    expect(exchanges.some((exchange) => path.test(exchange.path ?? ''))).toBe(true);
    expect(exchanges.every((exchange) => path.test(exchange.path ?? ''))).toBe(false);
  });
});

function readFirst(file: string): ReadAnswer {
  const replay = REPLAYS.find(({ exchange }) => exchange.file === file);
  if (replay === undefined) throw new Error(`${file} is not replayed.`);
  return expectedAnswer(replay);
}

describe.skipIf(!HAS_RECORDINGS)(`the reading of recordings${MISSING_RECORDINGS}`, () => {
  it.each(FACTS_BY_EYE)('$file: finds what is there', ({ file, choice, usage }) => {
    const answer = readFirst(file);
    expect(answer.choices[0]).toMatchObject(choice);
    expect(answer.usage).toEqual(usage);
  });

  it.each(RECORDED_STREAMS)(
    '$path: finds the finish reason and the usage',
    ({ path, finishReason, usage, choices }) => {
      const answer = readFirst(path);
      expect(answer.choices.map((choice) => choice.finishReason)).toEqual(Array(choices).fill(finishReason));
      expect(answer.usage).toEqual(usage);
    },
  );
});
