import { bareModelName } from './bare-model-name.ts';

/** What is counted beside the texts of a chat, by the model that reads and writes it; in tokens. */
export interface Framing {
  /** What the answer is begun with, as part of the prompt. */
  readonly reply: number;
  /** What an earlier answer has in the prompt beyond what any message has. */
  readonly earlierAnswer: number;
  /** What introduces the list of tools. */
  readonly tools: number;
  /** What an answer in words has beside its text. */
  readonly answer: number;
  /** What a call has beside its name and arguments. */
  readonly call: number;
  /** What each of several calls has. */
  readonly parallelCall: number;
  /** What ends an answer where the endpoint is `responses`. */
  readonly responseEnd: number;
}

/** OpenAI's models that only ever write into one channel (OpenAI cookbook, "How to count tokens with tiktoken"). */
const PLAIN: Framing = {
  reply: 3,
  earlierAnswer: 0,
  tools: 9,
  answer: 0,
  call: 7,
  parallelCall: 14,
  responseEnd: 1,
};
/**
 * Those that can think first name a channel before each part of an answer (OpenAI, "Harmony response format"). An
 * empty thought counts as generated, and so do the names of its channel and of the one behind it.
 */
const CHANNELLED: Framing = {
  reply: 2,
  earlierAnswer: 2,
  tools: 9,
  answer: 10,
  call: 14,
  parallelCall: 18,
  responseEnd: 0,
};
/** What introduces the tools of these models is written nowhere: it is what their answers count. */
const GPT_5: Framing = { ...CHANNELLED, tools: 91 };
/** Anthropic has instructions of its own where there are tools (Anthropic, "Tool use", "Pricing"). */
const CLAUDE: Framing = {
  reply: 3,
  earlierAnswer: 0,
  tools: 346,
  answer: 0,
  call: 40,
  parallelCall: 40,
  responseEnd: 0,
};

/** The first pattern that a model's bare name matches. */
const MODELS: readonly (readonly [RegExp, Framing])[] = [
  [/^gpt-5.*-chat/, PLAIN],
  [/^gpt-5(-mini|-nano)?(-\d|$)/, GPT_5],
  [/^(gpt-5|gpt-oss|o[1-9])/, CHANNELLED],
  [/claude/, CLAUDE],
];

/** The framing of a model; others are near enough to OpenAI's for an estimate. */
export function framingOf(modelIdentifier: string): Framing {
  const name = bareModelName(modelIdentifier);
  return MODELS.find(([pattern]) => pattern.test(name))?.[1] ?? PLAIN;
}
