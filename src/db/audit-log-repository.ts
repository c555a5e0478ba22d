import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { z } from 'zod';
import { type Page, type PageRequest, readPage, within } from './page.ts';
import { bigNumber } from './row-types.ts';

/** One change: who did what to which thing. Secrets are never in it. */
export interface AuditEntry {
  readonly actor: string;
  /** Such as `create`, `update`, `delete`. */
  readonly action: string;
  /** Such as `provider`. */
  readonly entity: string;
  readonly entityId: string;
  /** The fields before; undefined where there was nothing. */
  readonly before?: object | undefined;
  /** The fields after; undefined where there is nothing left. */
  readonly after?: object | undefined;
}

/** Adds entries, all at the same time. Call it in the transaction of the changes. */
export async function insertAuditEntries(db: Knex, entries: readonly AuditEntry[]): Promise<void> {
  const created_at = Date.now();
  for (const { actor, action, entity, entityId, before, after } of entries) {
    await db('audit_log').insert({
      id: `audit_${randomUUID()}`,
      actor,
      action,
      entity,
      entity_id: entityId,
      before: before === undefined ? null : JSON.stringify(before),
      after: after === undefined ? null : JSON.stringify(after),
      created_at,
    });
  }
}

const fields = z
  .string()
  .nullable()
  .transform((text) => (text === null ? null : z.record(z.string(), z.unknown()).parse(JSON.parse(text))));

const rowSchema = z.object({
  id: z.string(),
  actor: z.string(),
  action: z.string(),
  entity: z.string(),
  entity_id: z.string(),
  before: fields,
  after: fields,
  created_at: bigNumber,
});

/** A stored entry; times are epoch milliseconds. */
export type StoredAuditEntry = z.output<typeof rowSchema>;

/** What to look for; a filter that is absent lets everything through. */
export interface AuditFilter extends PageRequest {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly entity?: string | undefined;
  readonly entityId?: string | undefined;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
}

/** A page of the log, the newest first. */
export function findAuditEntries(db: Knex, filter: AuditFilter): Promise<Page<StoredAuditEntry>> {
  const { actor, action, entity, entityId: entity_id, startTime, endTime } = filter;
  const matching = within(db('audit_log'), { actor, action, entity, entity_id }, { startTime, endTime });
  return readPage(matching, filter, rowSchema);
}
