import { z } from 'zod';
import { providerKeySchema } from '../../../config/gateway-file.ts';
import { COMPATIBLE_PROFILES } from '../../../core/catalog.ts';
import type { ProviderRecord } from '../../../db/provider-records-repository.ts';
import type { AdminActor } from '../admin-operation.ts';
import { nameField, timeField } from '../common-schemas.ts';

const typeField = z.enum(['openai', 'anthropic', 'google', 'deepseek', 'openai-compatible']);
const profileField = z.enum(COMPATIBLE_PROFILES);
const baseUrlField = z.url({ protocol: /^https?$/ });
const apiKeyField = providerKeySchema.max(4096);
/** A path names it, beside which `export` stands. */
const idField = z
  .string()
  .regex(/^(?!export$)[A-Za-z0-9._-]{1,64}$/, 'is up to 64 of A-Z a-z 0-9 . _ -, and not "export"');

/** A new account. Without `apiKey` it has none until one is set. */
export const newProviderBody = z.strictObject({
  id: idField,
  name: nameField.optional(),
  type: typeField,
  profile: profileField.nullish(),
  baseUrl: baseUrlField.nullish(),
  apiKey: apiKeyField.optional(),
  enabled: z.boolean().default(true),
});

/** A checked new account. */
export type NewProvider = z.output<typeof newProviderBody>;

/** What a change names; null goes back to the type's default. */
export const providerChangeBody = z.strictObject({
  name: nameField.optional(),
  type: typeField.optional(),
  profile: profileField.nullish(),
  baseUrl: baseUrlField.nullish(),
  apiKey: apiKeyField.optional(),
  enabled: z.boolean().optional(),
});

export const importBody = z.strictObject({
  providers: z.array(newProviderBody).min(1).max(500),
  skipExisting: z.boolean().default(true),
});

/** Either a stored account, or an address with its key: a stored key never goes to an address of the request. */
export const fetchModelsBody = z
  .strictObject({
    providerId: z.string().min(1).optional(),
    /** `openai-compatible` where it is left out. */
    type: typeField.optional(),
    profile: profileField.optional(),
    baseUrl: baseUrlField.optional(),
    apiKey: apiKeyField.optional(),
  })
  .superRefine(({ providerId, ...given }, context) => {
    const [other] = Object.keys(given);
    if (providerId !== undefined && other !== undefined) {
      context.addIssue({ code: 'custom', path: [other], message: 'does not go with a stored provider' });
    }
    if (providerId === undefined && given.apiKey === undefined) {
      context.addIssue({ code: 'custom', path: ['apiKey'], message: 'is needed, or a providerId' });
    }
  });

/** An account without its key, in the form in which it can be imported. */
export const exportedProvider = z.object({
  id: z.string(),
  name: z.string(),
  type: typeField,
  profile: profileField.nullable(),
  baseUrl: z.string().nullable(),
  enabled: z.boolean(),
});

/** An account as the admin API shows it: of its key, whether there is one and, to operators, how it ends. */
export const providerView = exportedProvider.extend({
  apiKeySet: z.boolean(),
  apiKeyLast4: z.string().nullable(),
  createdAt: timeField,
  updatedAt: timeField,
});

/** What an account looks like from outside. */
export function viewProvider(provider: ProviderRecord): z.output<typeof providerView> {
  const key = provider.apiKey.reveal();
  return {
    ...exportProvider(provider),
    apiKeySet: key !== '',
    // Of a short key four characters would be too much of it.
    apiKeyLast4: key.length < 16 ? null : key.slice(-4),
    createdAt: provider.createdAt,
    updatedAt: provider.updatedAt,
  };
}

/** The same as this role may see it: who only looks on learns nothing of its key but that there is one. */
export function viewProviderFor(
  provider: ProviderRecord,
  role: AdminActor['role'],
): z.output<typeof providerView> {
  const view = viewProvider(provider);
  return role === 'viewer' ? { ...view, apiKeyLast4: null } : view;
}

/** The account without its key. */
export function exportProvider(provider: ProviderRecord): z.output<typeof exportedProvider> {
  const { id, name, type, enabled, profile = null, baseUrl = null } = provider;
  return { id, name, type, profile, baseUrl, enabled };
}
