import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { databaseUrl } from '../../../src/config/database-url.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import { migrateDown, migrateUp } from '../../../src/db/migrate-database.ts';

/** What `killedAt` counts: the statements that change the schema or its ledger. */
const CHANGES = /^\s*(create|alter|drop|rename|insert|update|delete)\b/i;

const orders = z.object({
  database: databaseUrl,
  direction: z.enum(['up', 'down']),
  /** The process ends, as by SIGKILL, before it sends the statement with this number, from 1. */
  killedAt: z.number(),
});

/** Migrates as it is told on its standard input, and is killed on the way. */
const { database, direction, killedAt } = orders.parse(JSON.parse(await text(process.stdin)));
const db = connectDatabase(database);
let changes = 0;
db.on('query', ({ sql }: { readonly sql: string }) => {
  if (!CHANGES.test(sql)) return;
  changes += 1;
  if (changes === killedAt) process.kill(process.pid, 'SIGKILL');
});
await (direction === 'up' ? migrateUp(db) : migrateDown(db));
await db.destroy();
