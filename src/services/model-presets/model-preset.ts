/**
 * What a model's tokens cost, in whole nano-dollars per million tokens: 3 dollars a million are 3,000,000,000. In this
 * unit every price that providers publish is a whole number, and noise behind a list's fifteenth decimal is gone.
 */
export interface TokenRates {
  readonly prompt?: number | undefined;
  /** Prompt tokens read from the provider's cache; without it they cost what others do. */
  readonly cached?: number | undefined;
  /** Prompt tokens written to it. They are told, not reckoned with: usage counts them as any others. */
  readonly cacheWrite?: number | undefined;
  readonly completion?: number | undefined;
  /** Without it reasoning costs what the rest of the completion does. */
  readonly reasoning?: number | undefined;
}

/** What holds for every token of a call whose prompt has more than so many tokens. */
export interface LongPromptRates extends TokenRates {
  readonly above: number;
}

/** What is known of a model before anybody has set anything. */
export interface ModelPreset {
  /** As a price list has it: the provider's identifier, often behind the provider's name and a slash. */
  readonly name: string;
  /** In the list's words. */
  readonly provider?: string | undefined;
  /** What it does in the list's words, such as `chat` or `embedding`. */
  readonly mode?: string | undefined;
  readonly maxInputTokens?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
  readonly rates: TokenRates;
  /** By `above`, the least first. */
  readonly longPrompts: readonly LongPromptRates[];
  /** Whether it answers with sound or pictures as well, whose tokens cost something else: counts give no cost then. */
  readonly hasOtherTokens: boolean;
  /** What it can, such as `vision` or `function_calling`. */
  readonly supports: readonly string[];
}

/** A list that was fetched. */
export interface PresetUpdate {
  readonly presets: readonly ModelPreset[];
  /** Where it came from. */
  readonly source: string;
  /** Epoch milliseconds. */
  readonly updatedAt: number;
  /** How many of its entries could not be read. */
  readonly skipped: number;
}

/** Nano-dollars per million tokens in one dollar per token, as a power of ten. */
const DECIMALS = 15;

/** A price in dollars per token, up to ten cents, in nano-dollars per million. */
export function fromDollarsPerToken(dollars: number): number {
  return Math.round(dollars * 10 ** DECIMALS);
}

/** The price in dollars per token, as price lists write it; it is read as a decimal and not divided. */
export function toDollarsPerToken(rate: number): number {
  return Number(`${rate}e-${DECIMALS}`);
}
