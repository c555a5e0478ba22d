#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { readProcessVariables } from '../config/process-variables.ts';
import { createAdminClient } from './admin-client.ts';
import { addApplyCommand, addCatalogCommands } from './catalog-commands.ts';
import { addDatabaseCommands } from './database-commands.ts';
import { addExplainCommand } from './explain-command.ts';
import { addKeyCommands } from './key-commands.ts';
import { addRolloutCommands } from './rollout-commands.ts';

const USAGE_ERROR = 2;
const REFUSED = 1;

const variables = readProcessVariables();
const client = createAdminClient(
  variables.BANYAN_URL || 'http://127.0.0.1:3000',
  variables.ADMIN_TOKEN || undefined,
);
const program = new Command('banyan')
  .description(
    'Operates a running Banyan gateway, at BANYAN_URL with ADMIN_TOKEN, and its database, at DATABASE_URL.',
  )
  .showHelpAfterError()
  .exitOverride();
addRolloutCommands(program, client);
addKeyCommands(program, client);
addCatalogCommands(program, client);
addExplainCommand(program, client);
addApplyCommand(program, client, variables);
addDatabaseCommands(program, variables);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own text by then; help that was asked for ends with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return REFUSED;
}
