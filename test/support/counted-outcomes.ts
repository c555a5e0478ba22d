import { eventually } from './eventually.ts';

/** How many requests on that path have come to that outcome, over all labels. */
async function counted(gateway: { readonly url: string }, path: string, outcome: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('gateway_requests_total{'))
    .filter((line) => line.includes(`path="${path}"`) && line.includes(`outcome="${outcome}"`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Does something and waits until exactly one more request has come to that outcome on that path. */
export async function expectCounted(
  gateway: { readonly url: string },
  path: string,
  outcome: string,
  act: () => Promise<unknown>,
): Promise<void> {
  const before = await counted(gateway, path, outcome);
  await act();
  await eventually(async () => (await counted(gateway, path, outcome)) === before + 1);
}
