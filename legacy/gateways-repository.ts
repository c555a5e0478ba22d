import type { Knex } from 'knex';
import { z } from 'zod';
import { storedFlag, storedTime } from './stored-values.ts';

const TABLE = 'portkey_gateways';

const rowSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    url: z.string(),
    description: z.string().nullable(),
    is_default: storedFlag,
    enabled: storedFlag,
    container_name: z.string().nullable(),
    port: z.number().nullable(),
    api_key: z.string().nullable(),
    install_status: z.string(),
    last_heartbeat: storedTime.nullable(),
    agent_version: z.string().nullable(),
    created_at: storedTime,
    updated_at: storedTime,
  })
  .transform((row) => ({
    id: row.id,
    name: row.name,
    url: row.url,
    description: row.description,
    isDefault: row.is_default,
    enabled: row.enabled,
    containerName: row.container_name,
    port: row.port,
    /** The key that the gateway wants, as it is stored; null where it wants none. */
    sealedKey: row.api_key,
    installStatus: row.install_status,
    lastHeartbeat: row.last_heartbeat,
    agentVersion: row.agent_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));

/** A stored Portkey gateway; times are epoch milliseconds. */
export type StoredGateway = Readonly<z.output<typeof rowSchema>>;

/** What an operator sets of a gateway. */
export type GatewayFields = Pick<
  StoredGateway,
  'name' | 'url' | 'description' | 'isDefault' | 'enabled' | 'containerName' | 'port' | 'sealedKey'
>;

/** Fields that a change names; one that is undefined stays as it is. */
export type GatewayChange = { readonly [field in keyof GatewayFields]?: GatewayFields[field] | undefined };

/** All gateways, the default ones first, then the newest. */
export async function listGateways(db: Knex): Promise<readonly StoredGateway[]> {
  const rows: unknown = await db(TABLE)
    .orderBy('is_default', 'desc')
    .orderBy('created_at', 'desc')
    .orderBy('id');
  return z.array(rowSchema).parse(rows);
}

/** The gateway with that id; undefined where there is none. */
export async function findGateway(db: Knex, id: string): Promise<StoredGateway | undefined> {
  const row: unknown = await db(TABLE).where({ id }).first();
  return row === undefined ? undefined : rowSchema.parse(row);
}

/** Adds a gateway. */
export async function insertGateway(db: Knex, id: string, fields: GatewayFields): Promise<void> {
  const now = Date.now();
  await db(TABLE).insert({ id, ...toColumns(fields), created_at: now, updated_at: now });
}

/** Changes exactly the named fields: Knex leaves a column that is undefined out of an update. */
export async function updateGateway(db: Knex, id: string, change: GatewayChange): Promise<void> {
  await db(TABLE)
    .where({ id })
    .update({ ...toColumns(change), updated_at: Date.now() });
}

/** Takes the gateway away; its rules have to be gone. */
export async function deleteGateway(db: Knex, id: string): Promise<void> {
  await db(TABLE).where({ id }).delete();
}

function toColumns(change: GatewayChange) {
  return {
    name: change.name,
    url: change.url,
    description: change.description,
    is_default: change.isDefault,
    enabled: change.enabled,
    container_name: change.containerName,
    port: change.port,
    api_key: change.sealedKey,
  };
}
