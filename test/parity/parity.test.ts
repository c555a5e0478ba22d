import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { QUIRKS } from '../../src/config/quirks.ts';
import { CORPUS } from './corpus.ts';
import { listUnexplained, toMarkdown } from './describe-parity.ts';
import { measureParity, type ParityResult } from './measure-parity.ts';

let result: ParityResult;
beforeAll(async () => {
  result = await measureParity();
}, 420_000);

describe('the new path against the real legacy gateway', () => {
  it('differs in nothing that the registry does not explain', () => {
    expect(listUnexplained(result)).toEqual([]);
  });

  it('has no entry in the registry that no longer occurs', () => {
    expect(result.staleQuirks).toEqual([]);
  });

  it('was compared on every case under both compat settings', () => {
    expect(result.cases).toHaveLength(2 * CORPUS.length);
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length);
  });

  it('differs under compat: portkey in nothing a client could rely on', () => {
    const relied = result.cases
      .filter(({ compat }) => compat === 'portkey')
      .flatMap(({ differences }) => differences.filter(({ quirk }) => quirk?.clientsMayRely === true));
    expect(relied).toEqual([]);
  });

  it('differs under compat: portkey in answers, outcomes and requests only where legacy loses data or lies', () => {
    const harmless = result.cases
      .filter(({ compat }) => compat === 'portkey')
      .flatMap(({ name, differences }) =>
        differences
          .filter(({ at, quirk }) => VISIBLE.test(at) && quirk?.harm === undefined)
          .map(({ at }) => `${name} ${at}`),
      );
    expect(harmless).toEqual([]);
  });

  it('never changes a text, a refusal or a finish reason that the legacy path gives', () => {
    const changed = result.cases
      .filter(({ compat, name }) => compat === 'portkey' && !name.includes('fault: '))
      .flatMap(({ name, differences }) =>
        differences
          .filter(({ at, legacy }) => TOLD.test(at) && isTold(legacy))
          .map(({ at }) => `${name} ${at}`),
      );
    expect(changed).toEqual([]);
  });
});

/** All that a client or a provider acts on: no header, and nothing of an address. */
const VISIBLE = /^(status|answer|events|assembled|outcome|provider\[\d+\](\.(method|path|body)|$))/;
const TOLD = /^(answer|assembled)\..*(content|refusal|finish_reason|finishReason)$/;

/** What the legacy path left out, or put in its place, is no statement of the provider's. */
function isTold(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

describe('docs/parity.md', () => {
  it('says what the registry and the run say; npm run parity -- --write brings it up to date', () => {
    const written = readFileSync(new URL('../../docs/parity.md', import.meta.url), 'utf8');
    expect(written).toBe(toMarkdown(result));
  });

  it('gives each quirk its reason', () => {
    for (const quirk of QUIRKS) expect(quirk.why.length, quirk.id).toBeGreaterThan(10);
  });
});
