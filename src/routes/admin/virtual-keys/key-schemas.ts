import { z } from 'zod';
import type { KeyRecord } from '../../../db/key-records-repository.ts';
import { NANO_DOLLARS } from '../../../services/limits/nano-dollars.ts';
import { nameField, timeField } from '../common-schemas.ts';

const limit = z.int().positive().nullable();
const pathField = z.enum(['auto', 'legacy', 'litellm']);
const compatField = z.enum(['portkey', 'openai']);
/** US dollars; beyond this a sum of nano-dollars would not be exact any more. */
const dollars = z
  .number()
  .min(1 / NANO_DOLLARS)
  .max(9_000_000)
  .nullable();

/** A key that somebody has thought of. */
export const customKey = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, 'is 8 to 64 of A-Z a-z 0-9 _ -');

const changeable = {
  name: nameField,
  /** Names of models; null is all. */
  models: z.array(nameField).min(1).max(1000).nullable(),
  path: pathField,
  compat: compatField,
  /** Within any 60 seconds; null is no limit. */
  rateLimit: z.strictObject({ rpm: limit.optional(), tpm: limit.optional() }).nullable(),
  /** In a calendar month (UTC); null is no limit. */
  monthlyTokens: limit,
  /** US dollars in a calendar month (UTC); null is no limit. */
  monthlyCost: dollars,
  cacheEnabled: z.boolean(),
  disableLogging: z.boolean(),
  /** Epoch milliseconds; null is never. */
  expiresAt: timeField.nullable(),
  enabled: z.boolean(),
  /** An account's id; administrators only. */
  ownerId: nameField.nullable(),
};

export const keyChangeBody = z.strictObject(changeable).partial();

export const newKeyBody = keyChangeBody.required({ name: true }).extend({
  /** In place of one that is made up. */
  customKey: customKey.optional(),
});

/** The fields that a change names. */
export type KeyChange = z.output<typeof keyChangeBody>;

/** A key as the admin API shows it: never the key itself, nor its hash. */
export const keyView = z.object({
  id: z.string(),
  name: z.string(),
  keyPrefix: z.string().nullable(),
  ownerId: z.string().nullable(),
  models: z.array(z.string()).nullable(),
  path: pathField,
  compat: compatField,
  rateLimit: z.object({ rpm: limit, tpm: limit }),
  monthlyTokens: limit,
  monthlyCost: z.number().nullable(),
  cacheEnabled: z.boolean(),
  disableLogging: z.boolean(),
  expiresAt: timeField.nullable(),
  /** Until when the key before the last rotation is accepted. */
  previousExpiresAt: timeField.nullable(),
  enabled: z.boolean(),
  /** In the current calendar month (UTC); the cost in US dollars. */
  spent: z.object({ tokens: z.number(), cost: z.number() }),
  createdAt: timeField,
  updatedAt: timeField,
});

/** The same with the key, in the one answer that shows it. */
export const shownKeyView = keyView.extend({ key: z.string() });

/** What a key looks like from outside. */
export function viewKey(key: KeyRecord): z.output<typeof keyView> {
  const { id, name, path, compat, enabled, limits, spent, createdAt, updatedAt } = key;
  return {
    id,
    name,
    keyPrefix: key.keyPrefix ?? null,
    ownerId: key.ownerId ?? null,
    models: key.models === undefined ? null : [...key.models],
    path,
    compat,
    rateLimit: { rpm: limits.rpm ?? null, tpm: limits.tpm ?? null },
    monthlyTokens: limits.monthlyTokens ?? null,
    monthlyCost: toDollars(limits.monthlyNanoDollars) ?? null,
    cacheEnabled: key.isCached,
    disableLogging: !key.isLogged,
    expiresAt: key.expiresAt ?? null,
    previousExpiresAt: key.previous?.expiresAt ?? null,
    enabled,
    spent: { tokens: spent.tokens, cost: spent.nanoDollars / NANO_DOLLARS },
    createdAt,
    updatedAt,
  };
}

function toDollars(nanoDollars: number | undefined): number | undefined {
  return nanoDollars === undefined ? undefined : nanoDollars / NANO_DOLLARS;
}

/** The change in the store's terms. An absent field stays absent; a rate limit of null takes both limits away. */
export function toStoredChange(change: KeyChange) {
  const { rateLimit, monthlyCost, ...fields } = change;
  const rates = rateLimit === null ? { rpm: null, tpm: null } : rateLimit;
  return {
    ...fields,
    rpmLimit: rates?.rpm,
    tpmLimit: rates?.tpm,
    monthlyNanoDollars:
      monthlyCost === undefined || monthlyCost === null
        ? monthlyCost
        : Math.round(monthlyCost * NANO_DOLLARS),
  };
}
