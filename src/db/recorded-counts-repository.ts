import type { Knex } from 'knex';
import { z } from 'zod';
import {
  type RecordedCounts,
  type RecordedCountsSink,
  recordedCounts,
} from '../rollout/recording/recorded-counts.ts';
import type { Intake } from '../rollout/release/run-analysis.ts';

/** Counts that were taken in are remembered for so long, so that a process that sends them again counts nothing twice. */
const REMEMBERED_MS = 3_600_000;
const SET_ASIDE_MS = 90 * 86_400_000;
/** Counts that are taken in at one look: nothing else is written, nor read on SQLite, while they are. */
const MAX_COUNTS = 200;
const CHUNK = 400;

const countsRow = z.object({ id: z.string(), counts: z.string() });
const conversationRow = z.object({ conversation: z.string() });

/** Where processes bring what they have counted. */
export function createCountsSink(db: Knex): RecordedCountsSink {
  return {
    async append(id, counts) {
      await db('release_counts')
        .insert({ id, run_id: counts.runId, counts: JSON.stringify(counts), created_at: Date.now() })
        .onConflict('id')
        .merge(['id']);
    },
  };
}

/** What was counted and not taken in yet, and which of its conversations are new. */
export async function readCounts(
  db: Knex.Transaction,
  runId: string,
): Promise<{ readonly intake: Intake; readonly ids: readonly string[] }> {
  const found: unknown = await db('release_counts')
    .where({ run_id: runId, set_aside: false })
    .whereNotNull('counts')
    .orderBy([{ column: 'created_at' }, { column: 'id' }])
    .limit(MAX_COUNTS);
  const rows = z.array(countsRow).parse(found);
  const read = rows.map((row) => ({ id: row.id, counts: parseCounts(row.counts) }));
  const counts = read.flatMap((row) => row.counts ?? []);
  const unreadable = read.filter((row) => row.counts === undefined).map(({ id }) => id);
  const conversations = counts.flatMap(({ bound }) => bound.map(({ conversation }) => conversation));
  const newConversations = await noteConversations(db, runId, new Set(conversations));
  const ids = read.filter((row) => row.counts !== undefined).map(({ id }) => id);
  return { intake: { counts, newConversations, unreadable }, ids };
}

function parseCounts(text: string): RecordedCounts | undefined {
  try {
    return recordedCounts.parse(JSON.parse(text));
  } catch {
    // It is set aside, and the run is held until a person has looked.
    return undefined;
  }
}

/** @returns those that were never noted before */
async function noteConversations(
  db: Knex.Transaction,
  run_id: string,
  conversations: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const fresh = new Set(conversations);
  for (const some of chunks([...conversations])) {
    const found: unknown = await db('release_conversations')
      .where({ run_id })
      .whereIn('conversation', some)
      .select('conversation');
    for (const { conversation } of z.array(conversationRow).parse(found)) fresh.delete(conversation);
  }
  for (const some of chunks([...fresh])) {
    await db('release_conversations').insert(some.map((conversation) => ({ run_id, conversation })));
  }
  return fresh;
}

/** Takes away what came too late for a run that is over, and what nobody has looked into for long. */
export async function removeOldCounts(db: Knex.Transaction): Promise<void> {
  for (const [set_aside, keptMs] of [
    [false, REMEMBERED_MS],
    [true, SET_ASIDE_MS],
  ] as const) {
    await db('release_counts')
      .where({ set_aside })
      .where('created_at', '<', Date.now() - keptMs)
      .delete();
  }
}

/** What was taken in is remembered by its id for a while: a process that does not know that it has arrived sends it again. */
export async function markTaken(
  db: Knex.Transaction,
  ids: readonly string[],
  unreadable: readonly string[],
): Promise<void> {
  for (const some of chunks(unreadable)) {
    await db('release_counts').whereIn('id', some).update({ set_aside: true });
  }
  if (ids.length === 0) return;
  for (const some of chunks(ids)) await db('release_counts').whereIn('id', some).update({ counts: null });
  await db('release_counts')
    .whereNull('counts')
    .where('created_at', '<', Date.now() - REMEMBERED_MS)
    .delete();
}

/** As many as a statement may have, whichever database it is for. */
function chunks<T>(values: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(values.length / CHUNK);
  return Array.from({ length: count }, (_, index) => values.slice(index * CHUNK, (index + 1) * CHUNK));
}
