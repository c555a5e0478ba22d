import { z } from 'zod';

/** Epoch milliseconds: PostgreSQL gives such columns as text. */
export const storedTime = z.union([z.number(), z.string().regex(/^\d+$/)]).transform(Number);

/** A boolean column: SQLite and MySQL give 0 or 1, PostgreSQL true or false. */
export const storedFlag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean);
