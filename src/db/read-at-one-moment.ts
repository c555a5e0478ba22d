import type { Knex } from 'knex';

/**
 * Reads several tables as they were at one moment. A transaction alone does not see to that on PostgreSQL, where each
 * statement sees what was committed when it began.
 * @param read does nothing but read
 */
export function readAtOneMoment<T>(
  db: Knex,
  read: (transaction: Knex.Transaction) => Promise<T>,
): Promise<T> {
  const isPostgres = db.client.dialect === 'postgresql';
  return db.transaction(read, isPostgres ? { isolationLevel: 'repeatable read', readOnly: true } : {});
}
