import { z } from 'zod';

/** A file in a form. */
export const formFile = z.object({
  filename: z.string(),
  type: z.string(),
  size: z.int(),
  sha256: z.string(),
});

/** A whole number in a form, where everything is a text. */
export function formInteger(least: number, most: number) {
  return z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));
}

/** A number in a form. */
export function formDecimal(least: number, most: number) {
  return z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
}

/** A boolean in a form. */
export const checkbox = z.enum(['true', 'false']).transform((value) => value === 'true');
