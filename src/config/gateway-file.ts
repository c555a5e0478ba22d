import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { COMPATIBLE_PROFILES } from '../core/catalog.ts';
import { ConfigurationError } from '../core/configuration-error.ts';
import { expertRoutingSchema } from '../services/expert-router/expert-routing-schema.ts';
import { NANO_DOLLARS } from '../services/limits/nano-dollars.ts';
import { promptRuleSchema } from '../services/prompt-processor/prompt-rule-schema.ts';
import { parseYaml, YamlFault } from './parse-yaml.ts';
import { profileOf } from './provider-mapping.ts';

const name = z.string().min(1).max(255);

/** A credential as a provider gives it: it has to fit into a header. */
export const providerKeySchema = z
  .string()
  .trim()
  .min(1)
  .regex(/^[\x20-\x7e\xa0-\xff]*$/, 'has a character that no header can carry, such as a line break');

const providerSchema = z.strictObject({
  id: name,
  type: z.enum(['openai', 'anthropic', 'google', 'deepseek', 'openai-compatible']),
  /** Which of the known ones an `openai-compatible` provider is. */
  profile: z.enum(COMPATIBLE_PROFILES).optional(),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  api_key: providerKeySchema,
});

const providerWithAddress = providerSchema
  .refine((provider) => provider.base_url !== undefined || profileOf(provider).defaultBaseUrl !== undefined, {
    path: ['base_url'],
    message: 'is needed: the type has no default',
  })
  .refine((provider) => provider.profile === undefined || provider.type === 'openai-compatible', {
    path: ['profile'],
    message: 'belongs to the type openai-compatible only',
  });

const milliseconds = z.int().min(1).max(3_600_000);

const modelSchema = z.strictObject({
  name,
  provider: name,
  model_identifier: name.optional(),
  /** Milliseconds, as the three are. */
  timeout: milliseconds.optional(),
  first_token_timeout: milliseconds.optional(),
  idle_timeout: milliseconds.optional(),
  max_retries: z.int().min(0).max(10).optional(),
  /** The rule for its prompts, with the names of the admin API. */
  prompt_config: promptRuleSchema.optional(),
});

const targetSchema = z.strictObject({
  model: name,
  weight: z.number().min(0).max(1_000_000).optional(),
  on_status_codes: z.array(z.int().min(400).max(599)).optional(),
});

const virtualModelSchema = z.discriminatedUnion('strategy', [
  z.strictObject({
    name,
    strategy: z.enum(['fallback', 'loadbalance']),
    targets: z
      .array(targetSchema)
      .min(1, { abort: true })
      .refine((targets) => targets.some(({ weight = 1 }) => weight > 0), 'has no target with a weight'),
  }),
  z.strictObject({ name, strategy: z.literal('expert'), ...expertRoutingSchema.shape }),
]);

/** US dollars; beyond this a sum of nano-dollars would not be exact any more. */
const dollars = z
  .number()
  .min(1 / NANO_DOLLARS)
  .max(9_000_000);

const virtualKeySchema = z.strictObject({
  name,
  key: z
    .string()
    .min(8, 'is shorter than 8 characters')
    .max(512)
    .regex(/^[\x21-\x7e]+$/, 'has a character that no key has: a space, or one that is not ASCII')
    .optional(),
  models: z.array(name).min(1).optional(),
  path: z.enum(['auto', 'legacy', 'litellm']).optional(),
  compat: z.enum(['portkey', 'openai']).optional(),
  rate_limit: z
    .strictObject({ rpm: z.int().positive().optional(), tpm: z.int().positive().optional() })
    .optional(),
  /** For the calendar month (UTC). */
  monthly_budget: z
    .strictObject({ tokens: z.int().positive().optional(), dollars: dollars.optional() })
    .optional(),
  cache: z.boolean().optional(),
  /** Whether requests are logged with more than their counts. */
  logging: z.boolean().optional(),
  /** From then on it is not accepted. */
  expires_at: z.iso.datetime({ offset: true }).optional(),
  enabled: z.boolean().optional(),
});

const gatewayFileSchema = z
  .strictObject({
    providers: z.array(providerWithAddress).default([]),
    models: z.array(modelSchema).default([]),
    virtual_models: z.array(virtualModelSchema).default([]),
    virtual_keys: z.array(virtualKeySchema).default([]),
    rollout: z
      .strictObject({
        enrolled_percent: z.int().min(0).max(100).optional(),
        arm_share: z.number().min(0).max(1).optional(),
      })
      .optional(),
  })
  .superRefine((file, context) => {
    refuseRepeats(file.providers, 'id', 'providers', context);
    refuseRepeats(file.models, 'name', 'models', context);
    refuseRepeats(file.virtual_models, 'name', 'virtual_models', context);
    refuseRepeats(file.virtual_keys, 'name', 'virtual_keys', context);
    refuseSharedKeys(file.virtual_keys, context);
  });

/** The contract's configuration file, parsed, with `${NAME}` already replaced. */
export type GatewayFile = z.infer<typeof gatewayFileSchema>;

/**
 * Reads and checks a gateway configuration file.
 * @throws ConfigurationError naming each field at fault
 */
export function readGatewayFile(
  path: string,
  variables: Readonly<Record<string, string | undefined>>,
): GatewayFile {
  return parseGatewayFile(readDocument(path), path, variables);
}

/**
 * Checks a configuration document. `${NAME}` inside a value stands for a variable and is replaced after the YAML was
 * parsed, so that a value can never change the document's structure.
 * @param source what the document came from, for the error's text
 * @throws ConfigurationError naming each field at fault
 */
export function parseGatewayFile(
  document: unknown,
  source: string,
  variables: Readonly<Record<string, string | undefined>>,
): GatewayFile {
  const missing = new Set<string>();
  const substituted = substitute(document, variables, missing);
  if (missing.size > 0) {
    throw new ConfigurationError(
      [...missing].map((variable) => `${source}: variable ${variable} is not set`),
    );
  }
  const result = gatewayFileSchema.safeParse(substituted ?? {});
  if (result.success) return result.data;
  throw new ConfigurationError(
    result.error.issues.map((issue) => `${source}: ${issue.path.join('.')}: ${issue.message}`),
  );
}

function readDocument(path: string): unknown {
  try {
    return parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    const faults = error instanceof YamlFault ? error.faults : [messageOf(error)];
    throw new ConfigurationError(faults.map((fault) => `${path}: ${fault}`));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'cannot be read';
}

function substitute(
  value: unknown,
  variables: Readonly<Record<string, string | undefined>>,
  missing: Set<string>,
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Z0-9_]+)\}/gi, (_, variable: string) => {
      const found = variables[variable];
      if (found === undefined) missing.add(variable);
      return found ?? '';
    });
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, variables, missing));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, substitute(item, variables, missing)]);
  return Object.fromEntries(entries);
}

function refuseRepeats<K extends string>(
  items: readonly Record<K, string>[],
  field: K,
  list: string,
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>();
  items.forEach((item, index) => {
    const value = item[field];
    if (seen.has(value)) {
      context.addIssue({ code: 'custom', path: [list, index, field], message: `"${value}" stands twice` });
    }
    seen.add(value);
  });
}

function refuseSharedKeys(
  keys: readonly { readonly key?: string | undefined }[],
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>();
  keys.forEach(({ key }, index) => {
    if (key === undefined) return;
    if (seen.has(key)) {
      context.addIssue({
        code: 'custom',
        path: ['virtual_keys', index, 'key'],
        message: 'is another key, too',
      });
    }
    seen.add(key);
  });
}
