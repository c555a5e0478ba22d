import { z } from 'zod';

/** A number of a price list: some are written as text, some as 1e-06. */
export const listNumber = z.union([
  z.number(),
  z
    .string()
    .trim()
    .regex(/^\d+(\.\d+)?(e[+-]?\d+)?$/i)
    .transform(Number),
]);
