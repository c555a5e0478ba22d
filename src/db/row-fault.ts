/** What SQLite and PostgreSQL say of a value: a constraint that it breaks, a form or size that its column does not take. */
const ROW_CODES = /^(SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)|22...$|23...$)/;

/** Whether a statement failed for what is in its rows; otherwise the same rows may be taken another time. */
export function isRowFault(error: unknown): boolean {
  // The driver's own word for a value that it cannot hand over.
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return error instanceof Error && 'code' in error && ROW_CODES.test(String(error.code));
}
