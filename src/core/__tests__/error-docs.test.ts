import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../gateway-error.ts';

interface Row {
  readonly code: string;
  readonly status: string;
  readonly type: string;
  readonly retryable: string;
  readonly meaning: string;
}

const documentation = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');

/** The table's rows; each begins with a code in backticks. */
const rows: readonly Row[] = documentation
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [code = '', status = '', type = '', retryable = '', ...meaning] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));
    return { code, status, type, retryable, meaning: meaning.join('|') };
  });

describe('docs/errors.md', () => {
  it('has every code of the table once, and no other', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it.each(Object.entries(ERRORS))('says of %s what the code says', (code, { status, type, retryable }) => {
    const row = rows.find((candidate) => candidate.code === code);
    expect(row).toMatchObject({ status: String(status), type, retryable: retryable ? 'yes' : 'no' });
  });

  it.each(rows)('explains $code', ({ meaning }) => {
    expect(meaning).toMatch(/^[A-Z`].{20,}\.$/);
    expect(meaning).not.toContain('|');
  });
});
