import type { CallOutcome } from '../../core/call-outcome.ts';
import type { Endpoint, ProviderCall } from '../../core/provider-call.ts';
import { countPrompt } from './count-prompt.ts';
import { createEncodings, encodingOf } from './encodings.ts';

/** Endpoints whose providers count in tokens of text. */
const COUNTED: ReadonlySet<Endpoint> = new Set([
  'chat.completions',
  'completions',
  'responses',
  'messages',
  'embeddings',
]);

/** Counts tokens where a provider does not. */
export interface TokenCounter {
  /** The outcome with a usage of its own count where the provider has none; else as it is. */
  complete(call: ProviderCall, outcome: CallOutcome): Promise<CallOutcome>;
}

/** Creates a counter; each model's vocabulary is loaded once, on first use. */
export function createTokenCounter(): TokenCounter {
  const encoding = createEncodings();
  return {
    async complete(call, outcome) {
      const { uncounted, ...known } = outcome;
      if (uncounted === undefined || !COUNTED.has(call.endpoint)) return known;
      const count = await encoding(encodingOf(String(call.body.model)));
      const prompt = countPrompt(call.endpoint, call.body, count);
      const completion = count(uncounted);
      return { ...known, usage: { prompt, completion, cached: 0, reasoning: 0 }, isEstimate: true };
    },
  };
}
