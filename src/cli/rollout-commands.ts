import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import type { AdminClient } from './admin-client.ts';
import { type PrintOptions, printObject } from './print-answer.ts';
import { addReleaseCommands, printRun, readRun } from './release-commands.ts';

const rolloutState = z.object({
  use_litellm: z.boolean(),
  killed: z.boolean(),
  enrolled_percent: z.number(),
  arm_share: z.number(),
  named_keys: z.array(z.string()),
  run_id: z.string().nullable(),
  step_id: z.string().nullable(),
  snapshot_age_seconds: z.number().nullable(),
});

/** Adds `banyan rollout …`: where it stands, the percentage, and the kill switch. */
export function addRolloutCommands(program: Command, client: AdminClient): void {
  const rollout = program.command('rollout').description('the rollout of the new path');
  addReleaseCommands(rollout, client);

  rollout
    .command('status')
    .description('where the rollout stands, and the release plan that is carried out')
    .option('--json', 'one JSON object')
    .action(async (options: PrintOptions) => {
      const state = rolloutState.parse(await client.send('GET', '/rollout'));
      const release = await readRun(client);
      if (options.json === true) return printObject({ ...state, release: release ?? null }, options);
      printObject(state, options);
      if (release !== undefined) printRun(release, options);
    });

  rollout
    .command('set')
    .description('changes the flag, here or in Unleash; what is not named stays')
    .option('--enrolled-percent <percent>', 'share of keys, a whole number from 0 to 100', wholePercent)
    .option('--arm-share <share>', "share of an enrolled key's requests, from 0 to 1", shareOfOne)
    .option('--json', 'one JSON object')
    .action(
      async (options: PrintOptions & { enrolledPercent?: number; armShare?: number }, command: Command) => {
        if (options.enrolledPercent === undefined && options.armShare === undefined) {
          command.error('error: name what to set: --enrolled-percent or --arm-share');
        }
        const change = { enrolled_percent: options.enrolledPercent, arm_share: options.armShare };
        print(await client.send('PATCH', '/rollout', change), options);
      },
    );

  for (const [name, description] of [
    ['kill', 'sends everything to the legacy path, from the next request on'],
    ['unkill', 'releases the kill switch'],
  ] as const) {
    rollout
      .command(name)
      .description(description)
      .requiredOption('--reason <text>', 'why; it goes into the log')
      .option('--json', 'one JSON object')
      .action(async (options: PrintOptions & { reason: string }) => {
        print(await client.send('POST', `/rollout/${name}`, { reason: options.reason }), options);
      });
  }
}

function print(answer: unknown, options: PrintOptions): void {
  printObject(rolloutState.parse(answer), options);
}

function wholePercent(text: string): number {
  const percent = Number(text);
  if (Number.isInteger(percent) && percent >= 0 && percent <= 100 && text.trim() !== '') return percent;
  throw new InvalidArgumentError('It must be a whole number from 0 to 100.');
}

function shareOfOne(text: string): number {
  const share = Number(text);
  if (share >= 0 && share <= 1 && text.trim() !== '') return share;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}
