import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { ConfigurationError } from '../core/configuration-error.ts';
import { Secret } from '../core/secret.ts';

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

const databaseUrl = z
  .string()
  .startsWith('sqlite:', 'must be sqlite:PATH; postgres:// and mysql:// are not served by this version')
  .min('sqlite:'.length + 1, 'names no file');

const redisUrl = z
  .url({ protocol: /^rediss?$/, hostname: /./, error: 'must be redis://HOST or rediss://HOST' })
  .transform((value) => new Secret(value));

/** The contract's variables. What this version does not serve is refused, so that nothing is ignored in silence. */
const environmentSchema = z.strictObject({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d+$/, 'must be a number from 0 to 65535')
    .transform(Number)
    .pipe(z.number().max(65535))
    .default(3000),
  WORKERS: z.literal('1', 'must be 1: more processes are not served by this version').default('1'),
  DATABASE_URL: databaseUrl.default('sqlite:./data/gateway.db'),
  REDIS_URL: redisUrl.optional(),
  DATA_DIR: z.string().min(1).optional(),
  BODY_LIMIT: bodyLimit.default(32 * 1024 * 1024),
  USE_LITELLM: z.stringbool().default(false),
  PORTKEY_GATEWAY_URL: z.string().optional(),
  UNLEASH_URL: notServed(),
  UNLEASH_API_TOKEN: notServed(),
  UNLEASH_ADMIN_TOKEN: notServed(),
  UNLEASH_ENVIRONMENT: z.string().min(1).default('production'),
  PROMETHEUS_URL: notServed(),
  GATEWAY_CONFIG: z.string().min(1).optional(),
  ENCRYPTION_KEY: encryptionKey.optional(),
  ADMIN_PASSWORD: secret.optional(),
  ADMIN_TOKEN: secret.optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ALLOW_PRIVATE_UPSTREAMS: z.stringbool().default(false),
  OTEL_EXPORTER_OTLP_ENDPOINT: notServed(),
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
  const known = Object.keys(environmentSchema.shape);
  const picked = known.flatMap((name) => (variables[name] ? [[name, variables[name]] as const] : []));
  const result = environmentSchema.safeParse(Object.fromEntries(picked));
  if (!result.success) {
    throw new ConfigurationError(
      result.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`),
    );
  }
  return { environment: Object.freeze(result.data), warnings: misspelt(Object.keys(variables), known) };
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
