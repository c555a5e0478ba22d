import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { REPOSITORY_ROOT } from './scratch-tree.ts';

/** What the page names without a folder lies here. */
const FOLDER = 'test/e2e/regressions';

/** How many items each section of the source system's report has, by the letter of their numbers. */
const SECTIONS = { P: 13, S: 11, T: 3, U: 9, E: 10, R: 9, M: 11, C: 5, N: 8, D: 10 };
/** What is asked of the migration that drops the legacy tables, which is not there yet. */
const ELSEWHERE = new Set(['D8']);
const ITEMS = Object.entries(SECTIONS)
  .flatMap(([letter, count]) => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`))
  .filter((item) => !ELSEWHERE.has(item));

interface NamedTest {
  readonly file: string;
  /** As it is written in the file, with its placeholders. */
  readonly name: string;
}

interface Row {
  readonly item: string;
  readonly symptom: string;
  readonly commits: string;
  readonly behaviour: string;
  readonly tests: readonly NamedTest[];
}

const rows: readonly Row[] = readFileSync(join(REPOSITORY_ROOT, 'docs/regressions.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d+ \|/.test(line))
  .map((line) => {
    const cells = line.slice(1, -1).split('|');
    const [item = '', symptom = '', commits = '', behaviour = '', tests = ''] = cells.map((cell) =>
      cell.trim(),
    );
    return { item, symptom, commits, behaviour, tests: readTests(tests) };
  });

function readTests(cell: string): NamedTest[] {
  return cell.split('<br>').map((entry) => {
    const [, file = '', name = ''] = /^`([^`]+)`: `([^`]+)`$/.exec(entry.trim()) ?? [];
    return { file: file.includes('/') ? file : `${FOLDER}/${file}`, name };
  });
}

/** The names of a file's tests, in their order. */
function namesIn(file: string): string[] {
  const text = readFileSync(join(REPOSITORY_ROOT, file), 'utf8');
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const [name] = ts.isCallExpression(node) && isTest(node.expression) ? node.arguments : [];
    if (name !== undefined && ts.isStringLiteralLike(name)) names.push(name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return names;
}

/** `it`, and what is called of it or on it: `it.each(table)`. */
function isTest(expression: ts.Expression): boolean {
  if (ts.isIdentifier(expression)) return expression.text === 'it';
  const isNested = ts.isCallExpression(expression) || ts.isPropertyAccessExpression(expression);
  return isNested && isTest(expression.expression);
}

const own: readonly NamedTest[] = readdirSync(join(REPOSITORY_ROOT, FOLDER))
  .filter((name) => name.endsWith('.test.ts'))
  .flatMap((name) => namesIn(`${FOLDER}/${name}`).map((test) => ({ file: `${FOLDER}/${name}`, name: test })));

describe('docs/regressions.md', () => {
  it('has every item once, in the order of the report', () => {
    expect(rows.map(({ item }) => item)).toEqual(ITEMS);
  });

  it.each(rows)('says of $item what went wrong, in which commits, and what holds here', (row) => {
    expect(row.symptom).toMatch(/^[A-Z`].{10,}\.$/);
    expect(row.commits).toMatch(/^(`[0-9a-f]{7}`(, `[0-9a-f]{7}`)*|none)$/);
    expect(row.behaviour).toMatch(/^[A-Z`].{10,}\.$/);
  });

  it.each(rows)('names tests of $item that are there', ({ tests }) => {
    expect(tests).not.toEqual([]);
    for (const { file, name } of tests) expect(namesIn(file), file).toContain(name);
  });

  it('names every test of the folder, each in the row of the item that its name begins with', () => {
    expect(own.length).toBeGreaterThan(ITEMS.length);
    const named = rows.flatMap(({ item, tests }) =>
      tests.filter(({ file }) => file.startsWith(FOLDER)).map((test) => ({ item, ...test })),
    );
    const expected = own.map((test) => ({ item: test.name.split(' ', 1)[0], ...test }));
    const inOrder = (tests: readonly (NamedTest & { readonly item: string | undefined })[]) =>
      tests.map(({ item, file, name }) => `${item} ${file} ${name}`).sort();
    expect(inOrder(named)).toEqual(inOrder(expected));
  });
});
