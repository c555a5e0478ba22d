import { expect, it } from 'vitest';
import { ANTHROPIC_QUIRKS } from '../quirks/anthropic-quirks.ts';

/** A stream's chunks differ one by one from their first; what a client makes of them is compared apart. */
const OF_WHOLE_STREAMS: ReadonlySet<string> = new Set(['anthropic.chunks']);

it.each(
  ANTHROPIC_QUIRKS.filter(({ id }) => !OF_WHOLE_STREAMS.has(id)).flatMap(({ id, explains }) =>
    explains.map(({ at }) => [id, at.source] as const),
  ),
)('%s explains no more than it names: %s', (_id, pattern) => {
  expect(pattern).toMatch(/^\^.*\$$/);
  expect(pattern).not.toMatch(/\.[*+]/);
});
