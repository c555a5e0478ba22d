import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CANARY_STREAMS } from '../../analysis/canary-streams.ts';
import { endsByItself } from '../next-decision.ts';
import { HOLD_CAUSES, RUN_STATES } from '../release-run.ts';

const page = (name: string) => readFileSync(join(import.meta.dirname, '../../../../docs', name), 'utf8');

/** The rows of the table whose first column has this heading, cell by cell. */
function tableOf(text: string, heading: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`));
  if (start < 0) throw new Error(`There is no table of ${heading}.`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end).map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

const named = (rows: readonly (readonly string[])[]) =>
  rows.flatMap(([cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));

describe('docs/releases.md', () => {
  const causes = tableOf(page('releases.md'), 'cause of a hold');

  it('names every cause of a hold, and no other', () => {
    expect(named(causes).sort()).toEqual([...HOLD_CAUSES].sort());
  });

  it.each(HOLD_CAUSES)('says how a hold by %s ends', (cause) => {
    const [, ends] = causes.find(([name]) => name === `\`${cause}\``) ?? [];
    expect(ends).toBe(endsByItself(cause) ? 'by itself' : 'by `resume`');
  });

  it('names every state of a run', () => {
    const states = named(tableOf(page('releases.md'), 'state'));
    expect(states.sort()).toEqual([...RUN_STATES].sort());
  });
});

describe('docs/canary.md', () => {
  it('names every stream that is compared', () => {
    expect(named(tableOf(page('canary.md'), 'stream')).sort()).toEqual([...CANARY_STREAMS].sort());
  });
});
