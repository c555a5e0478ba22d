/** What every command that prints data takes. */
export interface PrintOptions {
  readonly json?: true;
}

/** Prints one object: as JSON on one line, or a line a field. */
export function printObject(answer: Readonly<Record<string, unknown>>, { json }: PrintOptions): void {
  if (json === true) {
    console.log(JSON.stringify(answer));
    return;
  }
  const width = Math.max(...Object.keys(answer).map(({ length }) => length)) + 2;
  for (const [name, value] of Object.entries(answer)) console.log(`${name.padEnd(width)}${inWords(value)}`);
}

/** Prints a list: the whole answer as one JSON object, or a table of some columns. */
export function printList(
  name: string,
  rows: readonly Readonly<Record<string, unknown>>[],
  columns: readonly string[],
  { json }: PrintOptions,
): void {
  if (json === true) {
    console.log(JSON.stringify({ [name]: rows }));
    return;
  }
  const lines = [columns, ...rows.map((row) => columns.map((column) => inWords(row[column])))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  for (const line of lines)
    console.log(line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '));
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
