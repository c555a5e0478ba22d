import type { Command } from 'commander';
import { z } from 'zod';
import { readGatewayFile } from '../config/gateway-file.ts';
import type { AdminClient } from './admin-client.ts';
import { type PrintOptions, printList, printObject } from './print-answer.ts';

const row = z.looseObject({ id: z.string() });
const providerList = z.object({ providers: z.array(row) });
const modelList = z.object({ models: z.array(row) });
const report = z.object({ createdKeys: z.array(z.object({ name: z.string(), key: z.string() })) });
const answerSchema = z.looseObject({});

/** Adds `banyan providers …` and `banyan models …`. */
export function addCatalogCommands(program: Command, client: AdminClient): void {
  const providers = program.command('providers').description('upstream accounts');
  providers
    .command('list')
    .description('the accounts, without their keys')
    .option('--json', 'one JSON object')
    .action(async (options: PrintOptions) => {
      const { providers: rows } = providerList.parse(await client.send('GET', '/providers'));
      printList('providers', rows, ['id', 'type', 'profile', 'baseUrl', 'enabled'], options);
    });
  addTest(providers, 'providers', client);

  const models = program.command('models').description('models that clients can ask for');
  models
    .command('list')
    .description('the models, with the provider and identifier behind each')
    .option('--json', 'one JSON object')
    .action(async (options: PrintOptions) => {
      const { models: rows } = modelList.parse(await client.send('GET', '/models'));
      printList('models', rows, ['name', 'id', 'providerId', 'modelIdentifier', 'enabled'], options);
    });
  addTest(models, 'models', client);
}

function addTest(parent: Command, path: string, client: AdminClient): void {
  parent
    .command('test')
    .description('asks the provider')
    .argument('<id>')
    .option('--json', 'one JSON object')
    .action(async (id: string, options: PrintOptions) => {
      const answer = await client.send('POST', `/${path}/${encodeURIComponent(id)}/test`, {});
      printObject(answerSchema.parse(answer), options);
    });
}

/**
 * Adds `banyan apply -f FILE`: what `GATEWAY_CONFIG` does at a start, on a running gateway.
 * @param variables those that `${NAME}` in the file stands for
 */
export function addApplyCommand(
  program: Command,
  client: AdminClient,
  variables: Readonly<Record<string, string | undefined>>,
): void {
  program
    .command('apply')
    .description('brings a running gateway to what a configuration file says')
    .requiredOption('-f, --file <path>', 'the YAML file')
    .option('--json', 'one JSON object')
    .action(async ({ file, json }: PrintOptions & { file: string }) => {
      const document = readGatewayFile(file, variables);
      const { createdKeys } = report.parse(await client.send('POST', '/apply', document));
      if (json === true) console.log(JSON.stringify({ createdKeys }));
      else for (const { name, key } of createdKeys) console.log(`virtual key ${name}: ${key}`);
    });
}
