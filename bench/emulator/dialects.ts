import { createAnthropicDialect, isAnthropicPath } from './anthropic/anthropic-dialect.ts';
import type { Dialect } from './dialect.ts';
import { createOpenaiDialect } from './openai/openai-dialect.ts';

interface DialectsOptions {
  apiKeys?: readonly string[];
  models?: readonly string[];
}

/** Every provider's API behind one listener: a request's path says whose it is. */
export function createDialects(options: DialectsOptions): Dialect {
  const openai = createOpenaiDialect(options);
  const anthropic = createAnthropicDialect(options);
  return {
    answer(request) {
      return (isAnthropicPath(request.path) ? anthropic : openai).answer(request);
    },
  };
}
