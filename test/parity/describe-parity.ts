import type { Quirk } from '../../src/config/quirks/quirk.ts';
import { QUIRKS } from '../../src/config/quirks.ts';
import type { CaseResult, ParityResult } from './measure-parity.ts';

/** The differences that nothing explains, a line each. */
export function listUnexplained({ cases }: ParityResult): string[] {
  return cases.flatMap(({ name, compat, differences }) =>
    differences
      .filter(({ quirk }) => quirk === undefined)
      .map(({ at, legacy, litellm }) => `${compat} | ${name} | ${at} | ${short(legacy)} | ${short(litellm)}`),
  );
}

/** What `docs/parity.md` says: the registry, with what the run found of each entry. */
export function toMarkdown(result: ParityResult): string {
  return `# Parity of the two paths

Made by \`npm run parity -- --write\` from the registry (\`src/config/quirks.ts\`) and a run of the corpus (\`test/parity/corpus.ts\`); a test keeps it equal to both. The corpus goes through the real Portkey gateway and through the new path, in front of the same emulated provider; compared are status, headers, documents, events in order, and the requests that the provider got. Ids and times are made equal first.

Streams are compared event by event, and by what a client puts together from them. How each request was counted (\`outcome\`) is compared, too: the same fault of a provider counts the same on both paths, but where an entry below says otherwise.

| | cases | without any difference but in headers | with explained differences | unexplained |
|---|---:|---:|---:|---:|
${summaryRow('compat: portkey (the default)', casesOf(result, 'portkey'))}
${summaryRow('compat: openai', casesOf(result, 'openai'))}

## Quirks

A quirk that is reproduced exists on the new path under \`compat: portkey\`, so that moving a key changes nothing for its clients, and is absent under \`compat: openai\`. One that loses data or lies is never reproduced, nor is what is nobody's to rely on; under \`compat: portkey\` answers differ only by one that loses data or lies, and a line of the run shows it.

${QUIRKS.map((quirk) => toSection(quirk, result)).join('\n\n')}
`;
}

function casesOf({ cases }: ParityResult, compat: CaseResult['compat']): readonly CaseResult[] {
  return cases.filter((each) => each.compat === compat);
}

function summaryRow(title: string, cases: readonly CaseResult[]): string {
  const visible = cases.map(({ differences }) =>
    differences.filter(({ at }) => !at.startsWith('headers.') && !at.includes('.headers.')),
  );
  const equal = visible.filter((differences) => differences.length === 0).length;
  const unexplained = cases.filter(({ differences }) =>
    differences.some(({ quirk }) => quirk === undefined),
  ).length;
  return `| ${title} | ${cases.length} | ${equal} | ${cases.length - equal} | ${unexplained} |`;
}

function toSection(quirk: Quirk, { cases }: ParityResult): string {
  const seen = cases.filter(({ differences }) =>
    differences.some((difference) => difference.quirk === quirk),
  );
  const names = [...new Set(seen.map(({ name }) => name))];
  const where =
    names.length > 12 ? `in ${names.length} cases` : `in ${names.map((name) => `“${name}”`).join(', ')}`;
  return `### \`${quirk.id}\`

- **Legacy:** ${quirk.legacy}
- **New path:** ${quirk.ours}
- **Why:** ${quirk.why}
- **Clients may rely on it:** ${quirk.clientsMayRely ? 'yes' : 'no'}. **Reproduced:** ${quirk.reproduced === 'portkey' ? 'under `compat: portkey`' : 'never'}.
- **Seen:** ${where}.${evidenceOf(quirk, seen)}`;
}

/** One line of the run that shows the harm, of those under `compat: portkey`. */
function evidenceOf(quirk: Quirk, seen: readonly CaseResult[]): string {
  if (quirk.harm === undefined) return '';
  const shown = seen
    .filter(({ compat }) => compat === 'portkey')
    .flatMap(({ name, differences }) => differences.map((difference) => ({ name, ...difference })))
    .find((difference) => difference.quirk === quirk);
  if (shown === undefined) return '';
  const value = (side: unknown) => `\`${short(side).replaceAll('`', '´')}\``;
  return `
- **It ${quirk.harm}:** “${shown.name}” at \`${shown.at}\`: legacy ${value(shown.legacy)}, new path ${value(shown.litellm)}.`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent';
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
