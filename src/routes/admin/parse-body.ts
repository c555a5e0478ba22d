import type { z } from 'zod';
import { GatewayError } from '../../core/gateway-error.ts';

/**
 * A request body by its schema.
 * @throws GatewayError naming the first field at fault
 */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const param = issue?.path.join('.') || undefined;
  throw new GatewayError('invalid_body', issue?.message ?? 'The request body is not valid.', { param });
}
