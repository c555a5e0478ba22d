type ColumnValue = string | number | boolean | null;

/** The columns that a change names: undefined leaves a column as it is, null empties it. */
export function definedColumns(
  columns: Readonly<Record<string, ColumnValue | undefined>>,
): Record<string, ColumnValue> {
  return Object.fromEntries(
    Object.entries(columns).flatMap(([column, value]) => (value === undefined ? [] : [[column, value]])),
  );
}
