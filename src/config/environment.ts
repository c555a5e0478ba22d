import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { ConfigurationError } from '../core/configuration-error.ts';
import { Secret } from '../core/secret.ts';
import { databaseUrl } from './database-url.ts';

const secret = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));

const encryptionKey = z
  .string()
  .refine((value) => Buffer.from(value, 'base64').length === 32, 'must be 32 bytes in base64')
  .transform((value) => new Secret(value));

const bodyLimit = z
  .string()
  .regex(/^\d+(b|kb|mb)?$/i, 'must be a size such as 512kb or 32mb')
  .transform(toBytes);

const redisUrl = z
  .url({ protocol: /^rediss?$/, hostname: /./, error: 'must be redis://HOST or rediss://HOST' })
  .transform((value) => new Secret(value));

const flagServerUrl = z
  .url({ protocol: /^https?$/, hostname: /./, error: 'must be http://HOST or https://HOST' })
  .refine((value) => {
    if (!URL.canParse(value)) return true;
    const { username, password, search, hash } = new URL(value);
    return [username, password, search, hash].every((part) => part === '');
  }, 'must have no user, password, query or fragment: tokens have variables of their own');

const alertsToken = z
  .string()
  .min(16, { error: 'must have at least 16 characters', abort: true })
  .transform((value) => new Secret(value));

/** Goes into a header as it is. */
const flagToken = z
  .string()
  .regex(/^[\x21-\x7e]+$/, { error: 'must be one word, as Unleash shows it', abort: true })
  .transform((value) => new Secret(value));

/** The contract's variables. What this version does not serve is refused, so that nothing is ignored in silence. */
const variablesSchema = z.strictObject({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d+$/, 'must be a number from 0 to 65535')
    .transform(Number)
    .pipe(z.number().max(65535))
    .default(3000),
  WORKERS: z.literal('1', 'must be 1: more processes are not served by this version').default('1'),
  DATABASE_URL: databaseUrl.prefault('sqlite:./data/gateway.db'),
  REDIS_URL: redisUrl.optional(),
  DATA_DIR: z.string().min(1).optional(),
  BODY_LIMIT: bodyLimit.default(32 * 1024 * 1024),
  USE_LITELLM: z.stringbool().default(false),
  PORTKEY_GATEWAY_URL: z.string().optional(),
  UNLEASH_URL: flagServerUrl.optional(),
  UNLEASH_API_TOKEN: flagToken.optional(),
  UNLEASH_ADMIN_TOKEN: flagToken.optional(),
  UNLEASH_ENVIRONMENT: z.string().min(1).default('production'),
  PROMETHEUS_URL: notServed(),
  GATEWAY_CONFIG: z.string().min(1).optional(),
  ENCRYPTION_KEY: encryptionKey.optional(),
  ADMIN_PASSWORD: secret.optional(),
  ADMIN_TOKEN: secret.optional(),
  ALERTS_TOKEN: alertsToken.optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ALLOW_PRIVATE_UPSTREAMS: z.stringbool().default(false),
  OTEL_EXPORTER_OTLP_ENDPOINT: notServed(),
});

const environmentSchema = variablesSchema.superRefine((environment, context) => {
  for (const [name, message] of flagServerFaults(environment)) {
    context.addIssue({ code: 'custom', path: [name], message });
  }
  const { ADMIN_TOKEN, ALERTS_TOKEN } = environment;
  // It goes to machines that may do one thing only.
  if (ALERTS_TOKEN !== undefined && ALERTS_TOKEN.reveal() === ADMIN_TOKEN?.reveal()) {
    context.addIssue({ code: 'custom', path: ['ALERTS_TOKEN'], message: 'must not be ADMIN_TOKEN' });
  }
});

/** The contract's environment variables, parsed. Sizes are bytes. */
export type Environment = Readonly<z.infer<typeof environmentSchema>>;

export interface ParsedEnvironment {
  readonly environment: Environment;
  /** Names that are set, unknown, and look like a misspelt variable of the contract. */
  readonly warnings: readonly string[];
}

/**
 * Parses the process's variables once. An empty value counts as unset.
 * @throws ConfigurationError naming every variable at fault
 */
export function parseEnvironment(variables: Readonly<Record<string, string | undefined>>): ParsedEnvironment {
  const known = Object.keys(variablesSchema.shape);
  const picked = known.flatMap((name) => (variables[name] ? [[name, variables[name]] as const] : []));
  const result = environmentSchema.safeParse(Object.fromEntries(picked));
  if (!result.success) {
    throw new ConfigurationError(
      result.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`),
    );
  }
  return { environment: Object.freeze(result.data), warnings: misspelt(Object.keys(variables), known) };
}

/** What is wrong between the variables of the flag server, by the variable to mend. */
function flagServerFaults(environment: z.output<typeof variablesSchema>): [string, string][] {
  const { UNLEASH_URL, UNLEASH_API_TOKEN, UNLEASH_ADMIN_TOKEN, UNLEASH_ENVIRONMENT } = environment;
  if (UNLEASH_URL === undefined) {
    const withoutUrl = { UNLEASH_API_TOKEN, UNLEASH_ADMIN_TOKEN };
    return Object.entries(withoutUrl).flatMap(([name, token]) =>
      token === undefined ? [] : [[name, 'needs UNLEASH_URL'] as [string, string]],
    );
  }
  if (UNLEASH_API_TOKEN === undefined) return [['UNLEASH_API_TOKEN', 'is needed with UNLEASH_URL']];
  // PROJECT:ENVIRONMENT.SECRET; flags are polled in the token's environment and changed in the named one.
  const [, its] = /^[^:]+:([^.:]+)\./.exec(UNLEASH_API_TOKEN.reveal()) ?? [];
  if (its === undefined || its === UNLEASH_ENVIRONMENT) return [];
  return [['UNLEASH_API_TOKEN', 'is of another environment than UNLEASH_ENVIRONMENT']];
}

function notServed() {
  return z.undefined('is not served by this version').optional();
}

function toBytes(size: string): number {
  const unit = /mb$/i.test(size) ? 1024 * 1024 : /kb$/i.test(size) ? 1024 : 1;
  return Number.parseInt(size, 10) * unit;
}

function misspelt(names: readonly string[], known: readonly string[]): string[] {
  return names
    .filter((name) => name.length > 5 && !known.includes(name))
    .flatMap((name) => {
      const meant = known.find((candidate) => candidate.length > 5 && distance(candidate, name) <= 2);
      return meant === undefined ? [] : [`${name} is not a variable of the gateway; was ${meant} meant?`];
    });
}
