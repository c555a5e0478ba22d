import type { FirstStartSecrets } from '../compose.ts';

/** Shows what is shown once: on standard error, apart from the log, which is kept and shipped. */
export function printSecrets({ adminPassword, createdKeys }: FirstStartSecrets): void {
  const lines = [
    ...(adminPassword === undefined ? [] : [`admin password: ${adminPassword}   (user: admin)`]),
    ...createdKeys.map(({ name, key }) => `virtual key ${name}: ${key}`),
  ];
  if (lines.length === 0) return;
  process.stderr.write(`${['Shown this once only:', ...lines.map((line) => `  ${line}`)].join('\n')}\n`);
}
