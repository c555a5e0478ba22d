import { z } from 'zod';

/** What things are called. */
export const nameField = z.string().trim().min(1).max(255);

/** Null takes it away. */
export const descriptionField = z.string().max(4_000).nullable();

/** The id in a path. */
export const idParams = z.object({ id: z.string().min(1).max(255) });

/** Epoch milliseconds. */
export const timeField = z.int().min(0);

/** The answer to what has nothing to tell but that it was done. */
export const doneResponse = z.object({ success: z.literal(true) });
