import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { isRowFault } from '../row-fault.ts';

const withCode = (code: string) => Object.assign(new Error('failed'), { code });

describe('the fault of a row', () => {
  it('is what the database says of its values', async () => {
    const { db } = await createMigratedDatabase();
    const row = { id: '1', actor: 'a', action: 'b', entity: 'c', entity_id: 'd', created_at: 1 };
    await db('audit_log').insert(row);
    const faultOf = (values: object) =>
      db('audit_log')
        .insert(values)
        .then(
          () => 'none',
          (error: unknown) => error,
        );
    expect(isRowFault(await faultOf(row))).toBe(true);
    expect(isRowFault(await faultOf({ ...row, id: '2', actor: null }))).toBe(true);
    expect(isRowFault(await faultOf({ ...row, id: '2', created_at: 2n ** 70n }))).toBe(true);
    expect(isRowFault(await faultOf({ ...row, id: '2', nothing: 1 }))).toBe(false);
  });

  it.each([
    ['SQLITE_CONSTRAINT_NOTNULL', true],
    ['SQLITE_TOOBIG', true],
    ['SQLITE_MISMATCH', true],
    ['22001', true],
    ['23505', true],
    ['SQLITE_BUSY', false],
    ['SQLITE_FULL', false],
    ['SQLITE_IOERR_WRITE', false],
    ['SQLITE_READONLY', false],
    ['57P01', false],
    ['53300', false],
    ['ECONNREFUSED', false],
  ])('%s is one: %s', (code, isOne) => {
    expect(isRowFault(withCode(code))).toBe(isOne);
  });

  it('is no error without a code, and nothing that is none', () => {
    expect(isRowFault(new Error('Timeout acquiring a connection'))).toBe(false);
    expect(isRowFault('SQLITE_CONSTRAINT')).toBe(false);
  });
});
