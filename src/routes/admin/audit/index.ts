import { z } from 'zod';
import { findAuditEntries } from '../../../db/audit-log-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { pageQuery, timeField } from '../common-schemas.ts';

const fields = z.record(z.string(), z.unknown()).nullable();

const entryView = z.object({
  id: z.string(),
  actor: z.string(),
  action: z.string(),
  entity: z.string(),
  entityId: z.string(),
  before: fields,
  after: fields,
  createdAt: timeField,
});

/** `/api/admin/audit`: who changed what. For administrators: it has the keys of all accounts. */
export function auditOperations({ db }: AdminDependencies): readonly AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: '/admin/audit',
      role: 'admin',
      summary: 'Changes, the newest first',
      input: {
        query: pageQuery.extend({
          actor: z.string().optional(),
          action: z.string().optional(),
          entity: z.string().optional(),
          entityId: z.string().optional(),
        }),
      },
      response: z.object({
        entries: z.array(entryView),
        total: z.int(),
        page: z.int(),
        pageSize: z.int(),
      }),
      async handle({ query }) {
        const { rows, total } = await findAuditEntries(db, query);
        const entries = rows.map(({ entity_id: entityId, created_at: createdAt, ...entry }) => ({
          ...entry,
          entityId,
          createdAt,
        }));
        return { entries, total, page: query.page, pageSize: query.pageSize };
      },
    }),
  ];
}
