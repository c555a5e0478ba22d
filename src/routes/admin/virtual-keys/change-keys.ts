import { randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import {
  countKeys,
  findKeyRecords,
  hasKeyHash,
  hasKeyName,
  type KeyRecord,
} from '../../../db/key-records-repository.ts';
import { readModelDirectory } from '../../../db/model-directory-repository.ts';
import type { Page } from '../../../db/page.ts';
import { findUserById } from '../../../db/users-repository.ts';
import { deleteVirtualKey, insertVirtualKey, updateVirtualKey } from '../../../db/virtual-keys-repository.ts';
import { monthOf } from '../../../services/limits/calendar-month.ts';
import { refuseUnknownNames } from '../../../services/model-names.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import type { AdminActor } from '../admin-operation.ts';
import { type listQuery, pageOf } from '../common-schemas.ts';
import { makeChange } from '../make-change.ts';
import { visibleOwner } from '../owned-keys.ts';
import { type KeyChange, type newKeyBody, toStoredChange, viewKey } from './key-schemas.ts';

/** A key with its value, which is known at its making only. */
export interface ShownKey {
  readonly record: KeyRecord;
  readonly key: string;
}

/** The keys that the account may see, or a page of them, and how many there are on all pages. */
export async function showKeys(
  db: Knex,
  actor: AdminActor,
  query: z.output<typeof listQuery>,
): Promise<Page<KeyRecord>> {
  const filter = { ownerId: visibleOwner(actor), search: query.search };
  const page = pageOf(query);
  const rows = await findKeyRecords(db, { ...filter, month: monthOf(Date.now()) }, page);
  return { rows, total: page === undefined ? rows.length : await countKeys(db, filter) };
}

/**
 * The key with that id, where the account may see it. Of another's key it is not told that it exists.
 * @throws GatewayError `not_found`
 */
export async function requireKey(db: Knex, actor: AdminActor, id: string): Promise<KeyRecord> {
  const month = monthOf(Date.now());
  const [key] = await findKeyRecords(db, { month, ownerId: visibleOwner(actor), id });
  if (key === undefined) throw new GatewayError('not_found', 'There is no such virtual key.');
  return key;
}

/**
 * Adds a key, for the account that asks where nothing else is said.
 * @throws GatewayError `invalid_body` for unknown models, `conflict` where its name or the key is taken
 */
export function createKey(
  deps: AdminDependencies,
  actor: AdminActor,
  given: z.output<typeof newKeyBody>,
): Promise<ShownKey> {
  const { customKey, ...change } = given;
  const id = `key_${randomUUID()}`;
  const key = customKey ?? newKey();
  return makeChange(deps, actor, async (transaction) => {
    await refuseUnfit(transaction, actor, id, change);
    await refuseTakenKey(deps, transaction, key);
    await insertVirtualKey(transaction, {
      ownerId: actor.userId,
      ...toStoredChange(change),
      ...stored(deps, key),
      id,
      name: given.name,
    });
    const record = await requireKey(transaction, actor, id);
    return {
      entries: [{ action: 'create', ...entity(id), after: viewKey(record) }],
      result: { record, key },
    };
  });
}

/**
 * Changes the named fields of a key.
 * @throws GatewayError `not_found`, `invalid_body`, `conflict`, or `forbidden` where the owner is not for them to set
 */
export function changeKey(
  deps: AdminDependencies,
  actor: AdminActor,
  id: string,
  change: KeyChange,
): Promise<KeyRecord> {
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireKey(transaction, actor, id);
    await refuseUnfit(transaction, actor, id, change);
    await updateVirtualKey(transaction, id, toStoredChange(change));
    const after = await requireKey(transaction, actor, id);
    const views = { before: viewKey(before), after: viewKey(after) };
    return { entries: [{ action: 'update', ...entity(id), ...views }], result: after };
  });
}

/**
 * Gives a key a new value.
 * @param overlapSeconds how long the old one is accepted beside it
 * @throws GatewayError `not_found`
 */
export function rotateKey(
  deps: AdminDependencies,
  actor: AdminActor,
  id: string,
  overlapSeconds: number,
): Promise<ShownKey> {
  const key = newKey();
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireKey(transaction, actor, id);
    const overlap = {
      previousKeyHash: before.keyHash,
      previousExpiresAt: Date.now() + overlapSeconds * 1000,
    };
    const none = { previousKeyHash: null, previousExpiresAt: null };
    await updateVirtualKey(transaction, id, {
      ...stored(deps, key),
      ...(overlapSeconds > 0 ? overlap : none),
    });
    const record = await requireKey(transaction, actor, id);
    const views = { before: viewKey(before), after: viewKey(record) };
    return { entries: [{ action: 'rotate', ...entity(id), ...views }], result: { record, key } };
  });
}

/** @throws GatewayError `not_found` */
export function removeKey(deps: AdminDependencies, actor: AdminActor, id: string): Promise<void> {
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireKey(transaction, actor, id);
    await deleteVirtualKey(transaction, id);
    return { entries: [{ action: 'delete', ...entity(id), before: viewKey(before) }], result: undefined };
  });
}

/** Whether a key of that value can be made. */
export async function isFreeKey({ db, hashKey }: AdminDependencies, key: string): Promise<boolean> {
  return !(await hasKeyHash(db, hashKey(key)));
}

function newKey(): string {
  return `vk_${randomBytes(32).toString('base64url')}`;
}

/** Of a short key seven characters would be most of it. */
function stored({ hashKey }: AdminDependencies, key: string) {
  return { keyHash: hashKey(key), keyPrefix: key.slice(0, Math.min(7, Math.floor(key.length / 4))) };
}

async function refuseUnfit(
  transaction: Knex.Transaction,
  actor: AdminActor,
  id: string,
  change: KeyChange,
): Promise<void> {
  await refuseOwner(transaction, actor, change.ownerId);
  if (change.name !== undefined && (await hasKeyName(transaction, change.name, id))) {
    throw new GatewayError('conflict', 'Another virtual key has this name.', { param: 'name' });
  }
  const names = (change.models ?? []).map((name, index) => ({ param: `models.${index}`, name }));
  if (names.length > 0) refuseUnknownNames(await readModelDirectory(transaction), names);
}

async function refuseOwner(
  transaction: Knex.Transaction,
  actor: AdminActor,
  ownerId: string | null | undefined,
): Promise<void> {
  if (ownerId === undefined || (ownerId !== null && ownerId === actor.userId)) return;
  if (actor.role !== 'admin') {
    throw new GatewayError('forbidden', 'Whose a key is, is for administrators to say.', {
      param: 'ownerId',
    });
  }
  if (ownerId !== null && (await findUserById(transaction, ownerId)) === undefined) {
    throw new GatewayError('invalid_body', 'There is no such account.', { param: 'ownerId' });
  }
}

async function refuseTakenKey(
  { hashKey }: AdminDependencies,
  transaction: Knex.Transaction,
  key: string,
): Promise<void> {
  if (!(await hasKeyHash(transaction, hashKey(key)))) return;
  throw new GatewayError('conflict', 'This key is taken.', { param: 'customKey' });
}

function entity(id: string) {
  return { entity: 'virtual-key', entityId: id };
}
