import { z } from 'zod';
import { Secret } from '../../src/core/secret.ts';
import type { GatewayKeyCipher } from '../gateway-directory.ts';
import type { StoredGateway } from '../gateways-repository.ts';
import { descriptionField, nameField, timeField } from './fields.ts';

/** Paths are put behind it. */
const urlField = z
  .url({ protocol: /^https?$/ })
  .max(2_048)
  .refine(isPlain, 'must have no credentials, query or fragment')
  .transform((text) => text.replace(/\/+$/, ''));

/** It goes into a header. */
const keyField = z.string().regex(/^[\x21-\x7e]{1,1024}$/, 'must be up to 1024 printable ASCII characters');

const changeable = {
  name: nameField,
  url: urlField,
  description: descriptionField,
  /** There is one default: to make a gateway it takes it from the others. */
  isDefault: z.boolean(),
  enabled: z.boolean(),
  containerName: z.string().max(255).nullable(),
  port: z.int().min(1).max(65_535).nullable(),
  /** What the gateway lets the requests of other machines in by; null takes it away. */
  apiKey: keyField.nullable(),
};

export const gatewayChangeBody = z.strictObject(changeable).partial();

export const newGatewayBody = gatewayChangeBody.required({ name: true, url: true });

/** A gateway as the admin API shows it: of its key, whether there is one. */
export const gatewayView = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  description: z.string().nullable(),
  isDefault: z.boolean(),
  enabled: z.boolean(),
  containerName: z.string().nullable(),
  port: z.int().nullable(),
  apiKeySet: z.boolean(),
  /** As the source system's agent reported it last; nothing reports any more. */
  installStatus: z.string(),
  lastHeartbeat: timeField.nullable(),
  agentVersion: z.string().nullable(),
  createdAt: timeField,
  updatedAt: timeField,
});

/** What a gateway looks like from outside. */
export function viewGateway({ sealedKey, ...gateway }: StoredGateway): z.output<typeof gatewayView> {
  return { ...gateway, apiKeySet: sealedKey !== null };
}

/** The key as it is stored; null for none. */
export function sealKey(apiKey: string | null, cipher: Pick<GatewayKeyCipher, 'seal'>): string | null {
  return apiKey === null ? null : cipher.seal(new Secret(apiKey));
}

/** What is no address at all was refused before, and comes here all the same. */
function isPlain(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password, search, hash } = new URL(text);
  return [username, password, search, hash].every((part) => part === '');
}
