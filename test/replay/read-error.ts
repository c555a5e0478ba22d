import { z } from 'zod';

const errorObject = z.looseObject({ message: z.string(), type: z.string().optional() });

/** The ways in which providers answer an error, and where each has its words. */
const errorSchema = z.union([
  z.looseObject({ error: errorObject }).transform(({ error }) => error),
  z.looseObject({ error: z.string() }).transform(({ error }) => ({ message: error, type: undefined })),
  z.looseObject({ message: z.string() }).transform(({ message }) => ({ message, type: undefined })),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => ({ message: detail, type: undefined })),
  z.tuple([z.looseObject({ error: errorObject })]).transform(([{ error }]) => error),
]);

/** What an error says. */
export interface ReadError {
  /** Its words, apart from keys with their middle masked, which stand between them. */
  readonly words: readonly string[];
  readonly type: string | undefined;
}

/**
 * Reads an error answer in whichever of the providers' shapes it is.
 * @throws ZodError where it is in none
 */
export function readError(body: Buffer): ReadError {
  const { message, type } = errorSchema.parse(JSON.parse(body.toString('utf8')));
  return { words: message.split(/\S*\*{3,}\S*/), type };
}
