import { z } from 'zod';
import type { DialectAnswer, StreamEvent } from '../dialect.ts';
import { type Directive, readDirective, requireWholeAnswer } from '../directive.ts';
import { countWords, splitWords } from '../words.ts';
import { limitText } from './limit-text.ts';
import { idOf, type OpenaiCall, readJsonCall, withFault } from './openai-call.ts';
import { parseRequest } from './parse-request.ts';
import { textPieces } from './pieces.ts';
import { badRequest } from './refusal.ts';
import { jsonReply, streamReply } from './reply.ts';
import { streamError } from './status-error.ts';

/** What the provider takes where a request says nothing of it. */
const DEFAULT_MAX_TOKENS = 16;

const penalty = z.number().min(-2).max(2).nullish();
const tokens = z.array(z.int());
const requestSchema = z.strictObject({
  model: z.string(),
  prompt: z.union([z.string(), z.array(z.string()), tokens, z.array(tokens)]).nullish(),
  best_of: z.int().min(0).max(20).nullish(),
  echo: z.boolean().nullish(),
  frequency_penalty: penalty,
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  max_tokens: z.int().min(0).nullish(),
  n: z.int().min(1).max(128).nullish(),
  presence_penalty: penalty,
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
    .nullish(),
  suffix: z.string().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  user: z.string().nullish(),
});

type CompletionRequest = z.infer<typeof requestSchema>;

/** What is said in one choice, and why it ended. */
interface Choice {
  text: string;
  finishReason: string;
}

/** `POST /v1/completions`. @throws Refusal */
export function answerCompletions(call: OpenaiCall): DialectAnswer {
  const request = parseRequest(requestSchema, readJsonCall(call));
  checkCombinations(request);
  const prompts = promptsOf(request).map(readDirective);
  const directive = prompts.findLast((prompt) => prompt.directive !== undefined)?.directive;
  return withFault(call, request.model, directive, () => {
    const said = prompts.map(({ rest }) => rest);
    return composeCompletion(call, request, directive ?? {}, said);
  });
}

function checkCombinations({ best_of: best, n, stream, stream_options: options }: CompletionRequest): void {
  if (typeof best === 'number' && best < (n ?? 1)) {
    throw badRequest(
      `You requested that the server return more choices than it will generate (HINT: you must set 'n' (currently ${n ?? 1}) to be at most 'best_of' (currently ${best}), or omit either parameter if you don't specifically want to use them.)`,
      'best_of',
    );
  }
  if (options && stream !== true) {
    throw badRequest(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
    );
  }
}

/** The prompts as texts, a list of tokens as one. */
function promptsOf({ prompt }: CompletionRequest): string[] {
  if (typeof prompt === 'string') return [prompt];
  if (!prompt) return [''];
  const [first] = prompt;
  return typeof first === 'number' ? [prompt.join(' ')] : prompt.map((each) => String(each));
}

function composeCompletion(
  call: OpenaiCall,
  request: CompletionRequest,
  directive: Directive,
  prompts: readonly string[],
): DialectAnswer['reply'] {
  const choices = prompts.flatMap((said) =>
    Array.from({ length: request.n ?? 1 }, () => choiceOf(request, directive, said)),
  );
  const usage = usageOf(prompts, choices);
  const head = {
    id: idOf('cmpl-', call),
    object: 'text_completion',
    created: Math.floor(Date.now() / 1000),
    model: request.model,
  };
  const withUsage = directive.usage !== false;
  if (request.stream) {
    const events = streamEvents(head, request, choices, withUsage ? usage : undefined);
    return streamReply(call.requestId, events, streamError(directive.errorMessage));
  }
  requireWholeAnswer(directive);
  const written = choices.map((choice, index) =>
    writeChoice(request, index, choice.text, choice.finishReason),
  );
  return jsonReply(call.requestId, { ...head, choices: written, ...(withUsage ? { usage } : {}) });
}

/** A suffix is written about, so that a client can see that it came in. */
function choiceOf(request: CompletionRequest, directive: Directive, said: string): Choice {
  const ending = request.suffix ? ` Before: ${request.suffix}` : '';
  const full = directive.text ?? `${said === '' ? 'You said nothing.' : `You said: ${said}`}${ending}`;
  const words = request.max_tokens ?? DEFAULT_MAX_TOKENS;
  const { text, isCut } = limitText(full, { stop: request.stop, words });
  return {
    text: request.echo ? `${said}${text}` : text,
    finishReason: directive.finishReason ?? (isCut ? 'length' : 'stop'),
  };
}

function usageOf(prompts: readonly string[], choices: readonly Choice[]): object {
  const count = (texts: readonly string[]) => texts.reduce((sum, text) => sum + countWords(text), 0);
  const prompt = count(prompts);
  const completion = count(choices.map(({ text }) => text));
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function writeChoice(
  request: CompletionRequest,
  index: number,
  text: string,
  finishReason: string | null,
): object {
  return { text, index, logprobs: logprobsOf(request, text), finish_reason: finishReason };
}

function logprobsOf({ logprobs }: CompletionRequest, text: string): object | null {
  if (typeof logprobs !== 'number') return null;
  const words = splitWords(text);
  return {
    tokens: words,
    token_logprobs: words.map(() => -0.25),
    top_logprobs: words.map((word) => (logprobs === 0 ? {} : { [word]: -0.25 })),
    text_offset: words.map((_, index) => words.slice(0, index).join('').length),
  };
}

/** Choices take turns. `usage` is null until the chunk that has it, and not there at all when nobody asked. */
function streamEvents(
  head: object,
  request: CompletionRequest,
  choices: readonly Choice[],
  usage: object | undefined,
): { content: StreamEvent[]; closing: StreamEvent[] } {
  const asked = usage !== undefined && request.stream_options?.include_usage === true;
  const write = (written: readonly object[], stated: object | null): StreamEvent => ({
    data: JSON.stringify({ ...head, choices: written, ...(asked ? { usage: stated } : {}) }),
  });
  const pieces = choices.map(({ text }) => textPieces(text));
  const steps = Math.max(...pieces.map(({ length }) => length));
  const content = Array.from({ length: steps }, (_, step) =>
    pieces.flatMap((each, index) => {
      const text = each[step];
      return text === undefined ? [] : [write([writeChoice(request, index, text, null)], null)];
    }),
  ).flat();
  const closing = choices.map(({ finishReason }, index) =>
    write([writeChoice(request, index, '', finishReason)], null),
  );
  return { content, closing: asked ? [...closing, write([], usage)] : closing };
}
