import type { Knex } from 'knex';
import { z } from 'zod';
import type { LoggedBodies } from '../services/request-log/body-log.ts';

/** How many are taken away in one step: nobody else can write meanwhile. */
const STEP = 500;

const rowSchema = z
  .object({ request_body: z.string().nullable(), response_body: z.string().nullable() })
  .optional();
const idsSchema = z.array(z.object({ request_id: z.string() }));

/** Adds what requests asked and were answered. */
export async function insertBodies(db: Knex, bodies: readonly LoggedBodies[]): Promise<void> {
  await db('api_request_bodies').insert(
    bodies.map(({ requestId, requestBody, responseBody, at }) => ({
      request_id: requestId,
      request_body: requestBody,
      response_body: responseBody,
      created_at: at,
    })),
  );
}

/** What a request asked and was answered; null where it is not kept. */
export async function findBodies(
  db: Knex,
  requestId: string,
): Promise<{ readonly requestBody: string | null; readonly responseBody: string | null }> {
  const row = rowSchema.parse(await db('api_request_bodies').where({ request_id: requestId }).first());
  return { requestBody: row?.request_body ?? null, responseBody: row?.response_body ?? null };
}

/**
 * Takes away what was asked and answered before a moment; the requests' own rows, and with them all counts, stay.
 * @returns how many
 */
export async function deleteBodiesBefore(db: Knex, time: number): Promise<number> {
  let deleted = 0;
  for (;;) {
    const old = db('api_request_bodies').select('request_id').where('created_at', '<', time).limit(STEP);
    const ids = idsSchema.parse(await old).map(({ request_id }) => request_id);
    if (ids.length === 0) return deleted;
    await db('api_request_bodies').whereIn('request_id', ids).delete();
    deleted += ids.length;
  }
}
