import { expect, it } from 'vitest';
import { mergeTurns, spokenTurns } from '../merge-turns.ts';

const turn = (speaker: string, ...parts: number[]) => ({ speaker, parts });

it('turns of one speaker that follow each other become one, in order', () => {
  expect(mergeTurns([turn('a', 1), turn('a', 2, 3), turn('b', 4), turn('a', 5)])).toEqual([
    turn('a', 1, 2, 3),
    turn('b', 4),
    turn('a', 5),
  ]);
});

it('what stands on either side of a turn that says nothing becomes one where that turn is left out', () => {
  const turns = [turn('a', 1), turn('b'), turn('a', 2)];
  expect(mergeTurns(turns)).toEqual(turns);
  expect(mergeTurns(spokenTurns(turns))).toEqual([turn('a', 1, 2)]);
  expect(turns[0]).toEqual(turn('a', 1));
});
