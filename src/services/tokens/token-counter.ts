import type { CallOutcome } from '../../core/call-outcome.ts';
import type { Generated } from '../../core/generated.ts';
import type { Endpoint, ProviderCall } from '../../core/provider-call.ts';
import { isCounted, type Usage } from '../../core/usage.ts';
import { createTurns } from '../turns.ts';
import { countAnswerFraming } from './count-answer-framing.ts';
import { countPrompt } from './count-prompt.ts';
import { isCountable } from './countable.ts';
import { createEncodings, encodingOf } from './encodings.ts';
import { estimateTexts, RequestCount } from './request-count.ts';
import { createSampler, type Sampler } from './sampler.ts';

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

/** Of the calls that could be compared: a comparison costs what a count does, and one a second shows enough. */
const COMPARED = { oneIn: 10, minIntervalMs: 1_000 };

/** Counts tokens where a provider does not, and now and then where it does. */
export interface TokenCounter {
  /** The outcome with a usage of its own count where the provider has none; else as it is. */
  complete(call: ProviderCall, outcome: CallOutcome): Promise<CallOutcome>;
  /**
   * By what share of the provider's count the own one differs from it, prompt and completion taken together; 0 where
   * both are the same. Undefined for calls that are not in the sample, failed, or cannot be counted here: those whose
   * model thought, and those whose prompt is more than the texts and pictures of the request.
   */
  compare(call: ProviderCall, outcome: CallOutcome): Promise<number | undefined>;
}

/**
 * Creates a counter; each model's vocabulary is loaded once, on first use.
 * @param isSampled asked for each call that could be compared; says so for one in ten and one a second at most unless
 *   another is given
 */
export function createTokenCounter(isSampled: Sampler = createSampler(COMPARED)): TokenCounter {
  const encoding = createEncodings();
  // One request at a time: each lets the process do other work in between, which many at once would not.
  const turns = createTurns();
  const count = (call: ProviderCall, generated: Generated): Promise<Usage> =>
    turns.take(async () => {
      const request = new RequestCount(await encoding(encodingOf(String(call.body.model))));
      const texts = textsOf(call, generated);
      const completion = await request.countTexts(texts.answers);
      return inTotal(texts, { completion, prompt: await request.countTexts(texts.prompt) });
    });
  return {
    async complete(call, { generated, ...known }) {
      if (isCounted(known.usage) || generated === undefined || !COUNTED.has(call.endpoint)) return known;
      const isBusy = turns.waiting >= MAX_WAITING;
      const usage = isBusy ? estimate(textsOf(call, generated)) : await count(call, generated);
      return { ...known, usage, isEstimate: true };
    },
    async compare(call, { kind, usage, generated }) {
      if (kind !== 'success' || usage === undefined || !isCounted(usage) || generated === undefined)
        return undefined;
      // Nobody waits for a comparison, and nobody else's count is to wait for one that could have been left out.
      if (usage.reasoning > 0 || !COUNTED.has(call.endpoint) || turns.waiting > 0) return undefined;
      if (!isSampled() || !isCountable(call.body)) return undefined;
      const stated = usage.prompt + usage.completion;
      const own = await count(call, generated);
      return Math.abs(own.prompt + own.completion - stated) / stated;
    },
  };
}

/** What of a call is to be counted. */
interface CallTexts {
  readonly prompt: readonly string[];
  readonly answers: readonly string[];
  /** Tokens that are no text's. */
  readonly framing: Counts;
  /** How many times as long as its texts the answer was. */
  readonly answerScale: number;
}

interface Counts {
  readonly prompt: number;
  readonly completion: number;
}

function textsOf(call: ProviderCall, generated: Generated): CallTexts {
  const prompt: string[] = [];
  const framing = countPrompt(call.endpoint, call.body, (text) => {
    prompt.push(text);
    return 0;
  });
  const kept = generated.texts.reduce((sum, { length }) => sum + length, 0);
  return {
    prompt,
    answers: generated.texts,
    framing: { prompt: framing, completion: countAnswerFraming(call, generated) },
    answerScale: kept === 0 ? 1 : generated.length / kept,
  };
}

function inTotal({ framing, answerScale }: CallTexts, texts: Counts): Usage {
  const completion = framing.completion + Math.round(texts.completion * answerScale);
  return { prompt: framing.prompt + texts.prompt, completion, cached: 0, reasoning: 0 };
}

/** By the texts' length alone. */
function estimate(texts: CallTexts): Usage {
  return inTotal(texts, { prompt: estimateTexts(texts.prompt), completion: estimateTexts(texts.answers) });
}
