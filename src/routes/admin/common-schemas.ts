import { z } from 'zod';

/** What things are called. */
export const nameField = z.string().trim().min(1).max(255);

/** The id in a path. */
export const idParams = z.object({ id: z.string().min(1).max(255) });

/** The answer to what has nothing to tell but that it was done. */
export const doneResponse = z.object({ success: z.literal(true) });

/** Epoch milliseconds. */
export const timeField = z.int().min(0);

/** Which part of a list is asked for, and from when to when (epoch milliseconds). */
export const pageQuery = z.object({
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(200).default(20),
  startTime: z.coerce.number().int().min(0).optional(),
  endTime: z.coerce.number().int().min(0).optional(),
});
