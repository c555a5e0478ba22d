import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { QUIRKS } from '../../src/config/quirks.ts';
import { CORPUS } from './corpus.ts';
import { listUnexplained, toMarkdown } from './describe-parity.ts';
import { measureParity, type ParityResult } from './measure-parity.ts';

let result: ParityResult;
beforeAll(async () => {
  result = await measureParity();
}, 180_000);

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

  it('differs in status, documents or events only where legacy loses data or lies', () => {
    const visible = result.cases
      .filter(({ compat, name }) => compat === 'portkey' && !name.startsWith('fault: '))
      .flatMap(({ name, differences }) =>
        differences.filter(({ at }) => /^(status|answer|events)/.test(at)).map(({ at }) => `${name} ${at}`),
      );
    expect(visible).toEqual([expect.stringMatching(/^stream: provider without \[DONE\] events\[\d+\]$/)]);
  });

  it('sends the provider the same request under compat: portkey', () => {
    const sent = result.cases
      .filter(({ compat }) => compat === 'portkey')
      .flatMap(({ differences }) =>
        differences.filter(({ at }) => /^provider\[\d+\](\.(method|path|body)|$)/.test(at)),
      );
    expect(sent).toEqual([]);
  });
});

describe('docs/parity.md', () => {
  it('says what the registry and the run say; npm run parity -- --write brings it up to date', () => {
    const written = readFileSync(new URL('../../docs/parity.md', import.meta.url), 'utf8');
    expect(written).toBe(toMarkdown(result));
  });

  it('gives each quirk its reason', () => {
    for (const quirk of QUIRKS) expect(quirk.why.length, quirk.id).toBeGreaterThan(10);
  });
});
