import type { Knex } from 'knex';
import { z } from 'zod';
import { type RecordedCountsSink, recordedCounts } from '../rollout/recording/recorded-counts.ts';
import type { Intake } from '../rollout/release/run-analysis.ts';

/** Counts that were taken in are remembered for so long, so that a process that sends them again counts nothing twice. */
const REMEMBERED_MS = 3_600_000;
/** Counts that are taken in at one look. */
const MAX_COUNTS = 2_000;

const countsRow = z.object({ id: z.string(), counts: z.string() });

/** Where processes bring what they have counted. */
export function createCountsSink(db: Knex): RecordedCountsSink {
  return {
    async append(id, counts) {
      await db('release_counts')
        .insert({ id, run_id: counts.runId, counts: JSON.stringify(counts), created_at: Date.now() })
        .onConflict('id')
        .ignore();
    },
  };
}

/** What was counted and not taken in yet, and which of its conversations are new. */
export async function readCounts(
  db: Knex.Transaction,
  runId: string,
): Promise<{ readonly intake: Intake; readonly ids: readonly string[] }> {
  const found: unknown = await db('release_counts')
    .where({ run_id: runId })
    .whereNotNull('counts')
    .orderBy([{ column: 'created_at' }, { column: 'id' }])
    .limit(MAX_COUNTS);
  const rows = z.array(countsRow).parse(found);
  const counts = rows.map((row) => recordedCounts.parse(JSON.parse(row.counts)));
  const newConversations = new Set<string>();
  for (const { conversation } of counts.flatMap(({ bound }) => bound)) {
    if (newConversations.has(conversation)) continue;
    if (await noteConversation(db, runId, conversation)) newConversations.add(conversation);
  }
  return { intake: { counts, newConversations }, ids: rows.map(({ id }) => id) };
}

/** @returns whether it was never noted before */
async function noteConversation(
  db: Knex.Transaction,
  run_id: string,
  conversation: string,
): Promise<boolean> {
  if ((await db('release_conversations').where({ run_id, conversation }).first()) !== undefined) return false;
  await db('release_conversations').insert({ run_id, conversation });
  return true;
}

/** Takes away what came too late for a run that is over. */
export async function removeOldCounts(db: Knex.Transaction): Promise<void> {
  await db('release_counts')
    .where('created_at', '<', Date.now() - REMEMBERED_MS)
    .delete();
}

/** Their ids stay for a while: a process that does not know that they have arrived sends them again. */
export async function markTaken(db: Knex.Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const id of ids) await db('release_counts').where({ id }).update({ counts: null });
  await db('release_counts')
    .whereNull('counts')
    .where('created_at', '<', Date.now() - REMEMBERED_MS)
    .delete();
}
