import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import type { AdminClient } from './admin-client.ts';
import { type PrintOptions, printList, printObject } from './print-answer.ts';

const perArm = z.object({ candidate: z.number(), control: z.number() });
const plan = z.looseObject({ id: z.string(), revision: z.number(), hash: z.string() });
const run = z.looseObject({
  run_id: z.string(),
  plan,
  state: z.string(),
  reason: z.string(),
  step: z.object({ id: z.string(), index: z.number(), count: z.number() }),
  exposure: z.looseObject({}).nullable(),
  waits_for: z.array(z.string()),
  verdict: z.looseObject({
    verdict: z.string(),
    reasons: z.array(z.string()),
    requests: perArm,
    streams: z.array(
      z.looseObject({
        stream: z.string(),
        mode: z.string(),
        bad: perArm,
        risk_difference: z.number().nullable(),
      }),
    ),
  }),
});
const status = z.object({ run: run.nullable() });
const history = z.looseObject({
  decisions: z.array(z.looseObject({ kind: z.string(), at: z.number() })),
  measurements: z.array(z.looseObject({})),
});

type Run = z.output<typeof run>;

const STDIN = 0;

/** Adds what `banyan rollout` does with release plans. */
export function addReleaseCommands(rollout: Command, client: AdminClient): void {
  rollout
    .command('plan')
    .description('stores a release plan; another revision, unless it says the same as the latest')
    .requiredOption('-f, --file <file>', 'YAML or JSON; - reads it from the standard input')
    .option('--json', 'one JSON object')
    .action(async (options: PrintOptions & { file: string }) => {
      const document = readFileSync(options.file === '-' ? STDIN : options.file, 'utf8');
      printObject(plan.parse(await client.send('POST', '/releases/plans', { document })), options);
    });
  rollout
    .command('plans')
    .description('all release plans, the newest first')
    .option('--json', 'one JSON object')
    .action(async (options: PrintOptions) => {
      const { plans } = z.object({ plans: z.array(plan) }).parse(await client.send('GET', '/releases/plans'));
      printList('plans', plans, ['id', 'created_by', 'hash'], options);
    });
  rollout
    .command('start')
    .argument('<plan>', 'a revision such as adapter@2, or a name for its latest')
    .description('begins to carry out a plan')
    .requiredOption('--reason <text>', 'why; it goes into the history')
    .option('--json', 'one JSON object')
    .action(async (name: string, options: PrintOptions & { reason: string }) => {
      const answer = await client.send('POST', '/releases/start', { plan: name, reason: options.reason });
      printRun(run.parse(answer), options);
    });
  addStepActs(rollout, client);
  addActs(rollout, client);
  rollout
    .command('history')
    .description('what was decided of the latest run, by whom and why')
    .option('--json', 'one JSON object, with what was measured')
    .action(async (options: PrintOptions) => {
      const answer = history.parse(await client.send('GET', '/releases/history'));
      if (options.json === true) return printObject(answer, options);
      const rows = answer.decisions.map((each) => ({ ...each, at: new Date(each.at).toISOString() }));
      printList('decisions', rows, ['at', 'kind', 'step', 'actor', 'status', 'reason'], options);
    });
}

/** @returns the latest run; undefined where there never was one */
export async function readRun(client: AdminClient): Promise<Run | undefined> {
  return status.parse(await client.send('GET', '/releases/status')).run ?? undefined;
}

/** Prints a run: all of it as JSON, or what a person looks for. */
export function printRun(given: Run, options: PrintOptions): void {
  if (options.json === true) {
    printObject(given, options);
    return;
  }
  const { verdict, step } = given;
  printObject(
    {
      plan: given.plan.id,
      state: given.state,
      reason: given.reason,
      step: `${step.id} (${step.index + 1} of ${step.count})`,
      exposure: given.exposure,
      waits_for: given.waits_for.join(', ') || 'nothing else',
      verdict: [verdict.verdict, ...verdict.reasons].join(', '),
      requests: `${verdict.requests.candidate} new, ${verdict.requests.control} legacy`,
    },
    {},
  );
  const rows = verdict.streams.map(({ bad, ...stream }) => ({
    ...stream,
    new: bad.candidate,
    legacy: bad.control,
  }));
  printList('streams', rows, ['stream', 'mode', 'new', 'legacy', 'risk_difference', 'log_e'], {});
}

type StepOptions = PrintOptions & { readonly reason: string; readonly step?: string };

function addStepActs(rollout: Command, client: AdminClient): void {
  for (const [name, description] of [
    ['promote', 'agrees to the next step, which begins when it was shown to be safe'],
    ['skip', 'begins the next step although it was not shown to be safe'],
  ] as const) {
    rollout
      .command(name)
      .description(description)
      .requiredOption('--reason <text>', 'why; it goes into the history')
      .option(
        '--step <id>',
        'the step that the run has to be in; the one that it is in now, where it is left out',
      )
      .option('--json', 'one JSON object')
      .action(async ({ reason, step, ...options }: StepOptions) => {
        // Where there is no run the answer says so, whatever is asked for.
        const current = step ?? (await readRun(client))?.step.id ?? 'none';
        const answer = await client.send('POST', `/releases/${name}`, { reason, step: current });
        printRun(run.parse(answer), options);
      });
  }
}

function addActs(rollout: Command, client: AdminClient): void {
  for (const [name, description] of [
    ['hold', 'promotes nothing until it is resumed'],
    ['resume', 'goes on with a run that is held or inconclusive'],
    ['abort', 'sends everybody back to the legacy path, and ends the run'],
  ] as const) {
    rollout
      .command(name)
      .description(description)
      .requiredOption('--reason <text>', 'why; it goes into the history')
      .option('--json', 'one JSON object')
      .action(async (options: PrintOptions & { reason: string }) => {
        const answer = await client.send('POST', `/releases/${name}`, { reason: options.reason });
        printRun(run.parse(answer), options);
      });
  }
}
