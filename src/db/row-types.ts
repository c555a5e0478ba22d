import { z } from 'zod';

/** A whole number that may be beyond 32 bits: PostgreSQL gives such columns as text. */
export const bigNumber = z.union([z.number(), z.string().regex(/^-?\d+$/)]).transform(Number);

/** A boolean column: SQLite and MySQL give 0 or 1, PostgreSQL true or false. */
export const flag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean);
