import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { ScenarioResult, ScenarioRow } from './scenario.ts';

/**
 * Writes a scenario's result as JSON, Markdown and SVG.
 * @param folder made where it is not there
 */
export function writeReport(folder: string, name: string, result: ScenarioResult): void {
  mkdirSync(folder, { recursive: true });
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  const record = {
    scenario: name,
    at: new Date().toISOString(),
    machine,
    method: result.method,
    ...result.json,
  };
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ ...record, rows: result.rows }, null, 2)}\n`,
  );
  writeFileSync(join(folder, `${name}.md`), toMarkdown(name, result));
  writeFileSync(join(folder, `${name}.svg`), toChart(name, result));
}

/** The result as a Markdown table with the method below. */
export function toMarkdown(name: string, { rows, method }: ScenarioResult): string {
  const columns = Object.keys(rows[0]?.figures ?? {});
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const head = [line([name, ...columns]), line(['---', ...columns.map(() => '---:')])];
  const body = rows.map((row) => line([row.name, ...columns.map((column) => row.figures[column] ?? '')]));
  return `${[...head, ...body].join('\n')}\n\n${method}.\n`;
}

const BAR = { height: 26, gap: 10, left: 130, width: 480 };

function toChart(name: string, { rows, charted }: ScenarioResult): string {
  const most = Math.max(...rows.map((row) => row.figures[charted] ?? 0));
  const height = 40 + rows.length * (BAR.height + BAR.gap);
  const bars = rows.map((row, index) => toBar(row, charted, most, 36 + index * (BAR.height + BAR.gap)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${BAR.left + BAR.width + 110}" height="${height}" font-family="sans-serif" font-size="13">`,
    `<text x="10" y="20" font-weight="bold">${name}: ${charted}</text>`,
    ...bars,
    '</svg>\n',
  ].join('\n');
}

function toBar(row: ScenarioRow, charted: string, most: number, top: number): string {
  const value = row.figures[charted] ?? 0;
  const width = most === 0 ? 0 : (value / most) * BAR.width;
  const baseline = top + BAR.height - 8;
  return [
    `<text x="10" y="${baseline}">${row.name}</text>`,
    `<rect x="${BAR.left}" y="${top}" width="${width.toFixed(1)}" height="${BAR.height}" fill="#3f7d58"/>`,
    `<text x="${(BAR.left + width + 8).toFixed(1)}" y="${baseline}">${value}</text>`,
  ].join('\n');
}
