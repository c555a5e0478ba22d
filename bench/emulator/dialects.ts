import { createAnthropicDialect, isAnthropicPath } from './anthropic/anthropic-dialect.ts';
import { createDeepseekDialect, isDeepseekRequest } from './deepseek/deepseek-dialect.ts';
import type { Dialect, DialectRequest } from './dialect.ts';
import { createGeminiDialect, isGeminiPath } from './gemini/gemini-dialect.ts';
import { createOpenaiDialect } from './openai/openai-dialect.ts';

interface DialectsOptions {
  apiKeys?: readonly string[];
  models?: readonly string[];
}

/** Every provider's API behind one listener: a request's path, and among OpenAI's its model, say whose it is. */
export function createDialects(options: DialectsOptions): Dialect {
  const openai = createOpenaiDialect(options);
  const anthropic = createAnthropicDialect(options);
  const gemini = createGeminiDialect(options);
  const deepseek = createDeepseekDialect(openai);
  const dialectOf = (request: DialectRequest): Dialect => {
    if (isAnthropicPath(request.path)) return anthropic;
    if (isGeminiPath(request.path)) return gemini;
    return isDeepseekRequest(request) ? deepseek : openai;
  };
  return { answer: (request) => dialectOf(request).answer(request) };
}
