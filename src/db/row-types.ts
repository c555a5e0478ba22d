import { z } from 'zod';

/** A boolean column: SQLite and MySQL give 0 or 1, PostgreSQL true or false. */
export const flag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean);
