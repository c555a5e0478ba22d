import type { Command } from 'commander';
import { z } from 'zod';
import type { AdminClient } from './admin-client.ts';
import { type PrintOptions, printList, printObject } from './print-answer.ts';

const targetSchema = z.object({
  model: z.string(),
  provider: z.string(),
  modelIdentifier: z.string(),
  breaker: z.string(),
  paths: z.array(z.object({ path: z.string(), reason: z.string(), share: z.number() })),
  steps: z.array(z.object({ step: z.string(), finding: z.string(), decides: z.boolean() })),
});

const explanationSchema = z.looseObject({
  key: z.object({ id: z.string(), name: z.string() }),
  model: z.string(),
  refusal: z.object({ status: z.number(), code: z.string().nullable(), message: z.string() }).nullable(),
  targets: z.array(targetSchema),
  experts: z.array(z.object({ category: z.string(), targets: z.array(targetSchema) })),
});

type Explanation = z.output<typeof explanationSchema>;

interface ExplainOptions extends PrintOptions {
  readonly key: string;
  readonly model: string;
  readonly endpoint?: string;
}

const COLUMNS = ['expert', 'model', 'provider', 'modelIdentifier', 'path', 'reason', 'share', 'breaker'];

const STEP_WIDTH = 14;

/** Adds `banyan explain`: what would become of a request, and why. */
export function addExplainCommand(program: Command, client: AdminClient): void {
  program
    .command('explain')
    .description('says which models and paths a request would take, and why, without sending anything')
    .requiredOption('--key <key>', 'name or id of a virtual key')
    .requiredOption('--model <model>', 'what the client would ask for')
    .option('--endpoint <endpoint>', 'such as embeddings; chat.completions where it is left out')
    .option('--json', 'one JSON object')
    .action(async ({ json, key, model, endpoint }: ExplainOptions) => {
      const query = new URLSearchParams({ key, model, ...(endpoint === undefined ? {} : { endpoint }) });
      const answer = explanationSchema.parse(await client.send('GET', `/rollout/explain?${query}`));
      if (json === true) printObject(answer, { json });
      else print(answer);
    });
}

function print({ key, model, refusal, targets, experts }: Explanation): void {
  if (refusal !== null) {
    printObject({ key: key.name, model, ...refusal }, {});
    return;
  }
  const rows = [
    ...targets.flatMap((target) => rowsOf('-', target)),
    ...experts.flatMap((expert) => expert.targets.flatMap((target) => rowsOf(expert.category, target))),
  ];
  printList('targets', rows, COLUMNS, {});
  for (const { model: asked, steps } of targets) {
    console.log(`\n${asked}:`);
    for (const { step, finding } of steps) console.log(`  ${step.padEnd(STEP_WIDTH)}${finding}`);
  }
}

function rowsOf(expert: string, { paths, steps: _, ...target }: z.output<typeof targetSchema>) {
  return paths.map((path) => ({ expert, ...target, ...path }));
}
