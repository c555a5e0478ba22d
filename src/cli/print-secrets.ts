import type { FirstStartSecrets } from '../compose.ts';

/**
 * Shows what is shown once: on standard error, apart from the log, which is kept and shipped.
 * @param url where the gateway listens
 */
export function printSecrets({ adminPassword, createdKeys }: FirstStartSecrets, url: string): void {
  const lines = [
    ...(adminPassword === undefined ? [] : [`admin password: ${adminPassword}   (user: admin)`]),
    ...createdKeys.map(({ name, key }) => `virtual key ${name}: ${key}`),
  ];
  process.stderr.write(`Banyan listens on ${url}\n`);
  if (lines.length === 0) return;
  process.stderr.write(`${['Shown this once only:', ...lines.map((line) => `  ${line}`)].join('\n')}\n`);
}
