import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listUnexplained, toMarkdown } from './describe-parity.ts';
import { measureParity } from './measure-parity.ts';

/**
 * `npm run parity`: both paths on the parity corpus. Exits 1 on a difference that the registry does not explain, and
 * on an entry that no longer occurs. `--write` brings `docs/parity.md` up to date; `--only PATTERN` sends the cases
 * alone whose names match, and writes nothing.
 */
const { values } = parseArgs({
  options: { write: { type: 'boolean' }, verbose: { type: 'boolean' }, only: { type: 'string' } },
});
const only = values.only === undefined ? undefined : new RegExp(values.only);
const result = await measureParity((line) => values.verbose && process.stderr.write(`${line}\n`), only);
const unexplained = listUnexplained(result);

for (const { name, compat, differences } of result.cases) {
  const quirks = [
    ...new Set(differences.flatMap(({ at, quirk }) => (at.includes('headers.') ? [] : [quirk?.id ?? '?']))),
  ];
  if (quirks.length > 0) console.log(`${compat.padEnd(8)} ${name.padEnd(40)} ${quirks.join(', ')}`);
}
console.log(`\n${result.cases.length} comparisons, ${unexplained.length} unexplained differences`);
for (const line of unexplained) console.log(`unexplained: ${line}`);
for (const id of result.staleQuirks) console.log(`no longer occurs: ${id}`);
if (values.write && only === undefined)
  writeFileSync(fileURLToPath(new URL('../../docs/parity.md', import.meta.url)), toMarkdown(result));
process.exitCode = unexplained.length + result.staleQuirks.length === 0 ? 0 : 1;
