import type { CallOutcome } from '../../core/call-outcome.ts';
import type { Endpoint, ProviderCall } from '../../core/provider-call.ts';
import { countPrompt } from './count-prompt.ts';
import { createEncodings, encodingOf } from './encodings.ts';
import { estimateTexts, RequestCount } from './request-count.ts';
import { createTurns } from './turns.ts';

/** Endpoints whose providers count in tokens of text. */
const COUNTED: ReadonlySet<Endpoint> = new Set([
  'chat.completions',
  'completions',
  'responses',
  'messages',
  'embeddings',
]);
/** Where so many requests wait for their count, any other's tokens are estimated by its length alone. */
const MAX_WAITING = 50;

/** Counts tokens where a provider does not. */
export interface TokenCounter {
  /** The outcome with a usage of its own count where the provider has none; else as it is. */
  complete(call: ProviderCall, outcome: CallOutcome): Promise<CallOutcome>;
}

/** Creates a counter; each model's vocabulary is loaded once, on first use. */
export function createTokenCounter(): TokenCounter {
  const encoding = createEncodings();
  // One request at a time: each lets the process do other work in between, which many at once would not.
  const turns = createTurns();
  const count = async (model: string, texts: RequestTexts): Promise<Counts> => {
    const request = new RequestCount(await encoding(encodingOf(model)));
    const completion = await request.countTexts(texts.answer);
    return { completion, prompt: await request.countTexts(texts.prompt) };
  };
  return {
    async complete(call, outcome) {
      const { uncounted, uncountedLength = uncounted?.length, ...known } = outcome;
      if (uncounted === undefined || !COUNTED.has(call.endpoint)) return known;
      const texts = textsOf(call, uncounted);
      const counts =
        turns.waiting < MAX_WAITING
          ? await turns.take(() => count(String(call.body.model), texts))
          : { completion: estimateTexts(texts.answer), prompt: estimateTexts(texts.prompt) };
      const prompt = texts.framing + counts.prompt;
      const completion = inWhole(counts.completion, uncounted.length, uncountedLength);
      return { ...known, usage: { prompt, completion, cached: 0, reasoning: 0 }, isEstimate: true };
    },
  };
}

interface Counts {
  readonly prompt: number;
  readonly completion: number;
}

interface RequestTexts {
  readonly prompt: readonly string[];
  readonly answer: readonly string[];
  /** Tokens of the prompt that are no text's. */
  readonly framing: number;
}

function textsOf({ endpoint, body }: ProviderCall, answer: string): RequestTexts {
  const prompt: string[] = [];
  const framing = countPrompt(endpoint, body, (text) => {
    prompt.push(text);
    return 0;
  });
  return { prompt, answer: [answer], framing };
}

/** The tokens of a text of which only the beginning was counted. */
function inWhole(tokens: number, counted: number, length = counted): number {
  return counted === 0 ? tokens : Math.round((tokens * length) / counted);
}
