import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import type { AdminClient } from './admin-client.ts';
import { type PrintOptions, printList, printObject } from './print-answer.ts';

const keySchema = z.looseObject({ id: z.string(), name: z.string() });
const listSchema = z.object({ virtualKeys: z.array(keySchema) });
const COLUMNS = ['name', 'id', 'keyPrefix', 'models', 'path', 'compat', 'enabled'];

interface CreateOptions extends PrintOptions {
  readonly name: string;
  readonly models?: string;
  readonly rpm?: number;
  readonly tpm?: number;
  readonly path?: string;
  readonly compat?: string;
}

/** Adds `banyan keys …`: clients' keys. */
export function addKeyCommands(program: Command, client: AdminClient): void {
  const keys = program.command('keys').description('virtual keys');

  keys
    .command('list')
    .description('the keys, with what they have spent this month')
    .option('--json', 'one JSON object')
    .action(async (options: PrintOptions) =>
      printList('virtualKeys', await listKeys(client), COLUMNS, options),
    );

  keys
    .command('create')
    .description('makes a key and shows it, this once')
    .requiredOption('--name <name>', 'what it is called')
    .option('--models <names>', 'models it may call, with commas between; all where it is left out')
    .option('--rpm <requests>', 'requests within a minute', positive)
    .option('--tpm <tokens>', 'tokens within a minute', positive)
    .option('--path <path>', 'auto, legacy or litellm')
    .option('--compat <compat>', 'portkey or openai')
    .option('--json', 'one JSON object')
    .action(async ({ json, models, rpm, tpm, ...fields }: CreateOptions) => {
      const body = {
        ...fields,
        ...(models === undefined ? {} : { models: models.split(',').map((name) => name.trim()) }),
        ...(rpm === undefined && tpm === undefined ? {} : { rateLimit: { rpm, tpm } }),
      };
      printObject(keySchema.parse(await client.send('POST', '/virtual-keys', body)), withJson(json));
    });

  keys
    .command('rotate')
    .description('gives a key a new value and shows it, this once')
    .argument('<key>', 'name or id')
    .option('--overlap <seconds>', 'how long the old value is accepted as well', whole, 0)
    .option('--json', 'one JSON object')
    .action(async (key: string, { overlap, json }: PrintOptions & { overlap: number }) => {
      const { id } = await findKey(client, key);
      const answer = await client.send('POST', `/virtual-keys/${id}/rotate`, { overlapSeconds: overlap });
      printObject(keySchema.parse(answer), withJson(json));
    });

  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    keys
      .command(name)
      .description(`${name}s a key, in every process within a second`)
      .argument('<key>', 'name or id')
      .option('--json', 'one JSON object')
      .action(async (key: string, options: PrintOptions) => {
        const { id } = await findKey(client, key);
        const answer = await client.send('PATCH', `/virtual-keys/${id}`, { enabled });
        printObject(keySchema.parse(answer), options);
      });
  }

  keys
    .command('delete')
    .description('deletes a key')
    .argument('<key>', 'name or id')
    .action(async (key: string) => {
      const { id } = await findKey(client, key);
      await client.send('DELETE', `/virtual-keys/${id}`);
    });
}

async function listKeys(client: AdminClient): Promise<z.infer<typeof listSchema>['virtualKeys']> {
  return listSchema.parse(await client.send('GET', '/virtual-keys')).virtualKeys;
}

/** @throws Error where no key has that name or id */
async function findKey(client: AdminClient, nameOrId: string): Promise<{ readonly id: string }> {
  const found = (await listKeys(client)).find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (found === undefined) throw new Error(`There is no key "${nameOrId}".`);
  return found;
}

function withJson(json: true | undefined): PrintOptions {
  return json === undefined ? {} : { json };
}

function positive(text: string): number {
  const count = whole(text);
  if (count > 0) return count;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

function whole(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
