import { z } from 'zod';

/** What things are called. */
export const nameField = z.string().trim().min(1).max(255);

/** The id in a path. */
export const idParams = z.object({ id: z.string().min(1).max(255) });

/** The answer to what has nothing to tell but that it was done. */
export const doneResponse = z.object({ success: z.literal(true) });

/** Epoch milliseconds. */
export const timeField = z.int().min(0);

const pageField = z.coerce.number().int().min(1).max(100_000);
const pageSizeField = z.coerce.number().int().min(1).max(200);
const PAGE_SIZE = 20;

/** Which part of a list by name is asked for: all of it where neither a page nor its size is named. */
export const listQuery = z.object({
  page: pageField.optional(),
  pageSize: pageSizeField.optional(),
  /** What the name has in it, in small or capital letters. */
  search: z.string().trim().max(255).optional(),
});

/** The page that is asked for; undefined for the whole list. */
export function pageOf({ page, pageSize }: z.output<typeof listQuery>) {
  if (page === undefined && pageSize === undefined) return undefined;
  return { page: page ?? 1, pageSize: pageSize ?? PAGE_SIZE };
}

/** Which part of a log is asked for, and from when to when (epoch milliseconds). */
export const pageQuery = z.object({
  page: pageField.default(1),
  pageSize: pageSizeField.default(PAGE_SIZE),
  startTime: z.coerce.number().int().min(0).optional(),
  endTime: z.coerce.number().int().min(0).optional(),
});
