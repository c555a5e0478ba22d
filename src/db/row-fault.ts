/**
 * What a database says of a value: a constraint that it breaks, a form or size that its column does not take. SQLite and
 * PostgreSQL say it as the code; MySQL has the same codes as PostgreSQL, as the state.
 */
const ROW_CODES = /^(SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)|22...$|23...$)/;

/** Whether a statement failed for what is in its rows; otherwise the same rows may be taken another time. */
export function isRowFault(error: unknown): boolean {
  // The driver's own word for a value that it cannot hand over.
  if (error instanceof TypeError || error instanceof RangeError) return true;
  if (!(error instanceof Error)) return false;
  const said = ['code' in error ? error.code : undefined, 'sqlState' in error ? error.sqlState : undefined];
  return said.some((code) => ROW_CODES.test(String(code)));
}
