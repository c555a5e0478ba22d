import { expect, it } from 'vitest';
import { expectedChoices } from '../expected-choices.ts';

it.each([
  ['chat.completions', {}, 1],
  ['chat.completions', { n: 3 }, 3],
  ['chat.completions', { n: 0 }, 1],
  ['chat.completions', { n: 1.5 }, 1],
  ['chat.completions', { n: '2' }, 1],
  ['chat.completions', { n: null }, 1],
  ['completions', { prompt: 'one' }, 1],
  ['completions', { prompt: ['one', 'two'] }, 2],
  ['completions', { prompt: ['one', 'two'], n: 2 }, 4],
  ['completions', { prompt: [1, 2, 3] }, 1],
  ['completions', { prompt: [[1, 2], [3]], n: 2 }, 4],
  ['completions', { prompt: [] }, 1],
  ['responses', { n: 2 }, 1],
] as const)('an answer of %s to %j has %i choices', (endpoint, body, choices) => {
  expect(expectedChoices(endpoint, body)).toBe(choices);
});
