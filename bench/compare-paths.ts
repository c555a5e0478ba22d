import type { Observation } from './traffic.ts';

/** The figures of one path, in milliseconds where they are times. */
export interface PathFigures {
  readonly path: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly firstTokenP50Ms: number;
  readonly firstTokenP95Ms: number;
}

/** The figures of each path, in the order given. */
export function comparePaths(observations: readonly Observation[], paths: readonly string[]): PathFigures[] {
  return paths.map((path) => {
    const own = observations.filter((observation) => observation.path === path);
    const durations = own.filter(({ failed }) => !failed).map(({ durationMs }) => durationMs);
    const firstTokens = own.flatMap(({ firstTokenMs }) => (firstTokenMs === undefined ? [] : [firstTokenMs]));
    return {
      path,
      requests: own.length,
      errors: own.filter(({ failed }) => failed).length,
      p50Ms: quantile(durations, 0.5),
      p95Ms: quantile(durations, 0.95),
      firstTokenP50Ms: quantile(firstTokens, 0.5),
      firstTokenP95Ms: quantile(firstTokens, 0.95),
    };
  });
}

/** The comparison as a table for a terminal. */
export function toTable(figures: readonly PathFigures[]): string {
  const head = ['path', 'requests', 'errors', 'p50', 'p95', 'first token p50', 'first token p95'];
  const rows = figures.map((each) => [
    each.path,
    String(each.requests),
    String(each.errors),
    ...[each.p50Ms, each.p95Ms, each.firstTokenP50Ms, each.firstTokenP95Ms].map(
      (ms) => `${ms.toFixed(1)} ms`,
    ),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ');
  return [line(head), ...rows.map(line)].join('\n');
}

/** The value below which this share of the values lies, by nearest rank; 0 where there are none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
