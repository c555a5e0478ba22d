/** Gives the number of tokens of a text. */
export type CountText = (text: string) => number;

const LOADERS = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
  p50k_base: () => import('gpt-tokenizer/encoding/p50k_base'),
  r50k_base: () => import('gpt-tokenizer/encoding/r50k_base'),
};

/** A tokenizer's vocabulary, in OpenAI's words. */
export type EncodingName = keyof typeof LOADERS;

/** The first pattern that a model's identifier matches; of dated and fine-tuned ones the base counts. */
const MODELS: readonly (readonly [RegExp, EncodingName])[] = [
  [/^(ft:)?(gpt-4o|gpt-4\.[15]|gpt-5|gpt-oss|chatgpt-4o|o[1-9])/, 'o200k_base'],
  [/^(ft:)?(gpt-4|gpt-3\.5|gpt-35|text-embedding-(ada-002|3-)|(davinci|babbage)-002)/, 'cl100k_base'],
  [/^(text-davinci-00[23]|code-(davinci|cushman))/, 'p50k_base'],
  [/^(text-)?(davinci|curie|babbage|ada)/, 'r50k_base'],
];

/** Beyond so many characters a text's count is taken in proportion: some texts cost the square of their length. */
const MAX_CHARACTERS = 200_000;

/** The encoding of a model; what is not OpenAI's is counted by its newest, which is near enough for an estimate. */
export function encodingOf(modelIdentifier: string): EncodingName {
  return MODELS.find(([pattern]) => pattern.test(modelIdentifier))?.[1] ?? 'o200k_base';
}

/** Creates a source of encodings, each of which is loaded once, on first use: they are megabytes. */
export function createEncodings(): (name: EncodingName) => Promise<CountText> {
  const loaded = new Map<EncodingName, Promise<CountText>>();
  return (name) => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const loading = load(name);
    loaded.set(name, loading);
    return loading;
  };
}

async function load(name: EncodingName): Promise<CountText> {
  const { countTokens } = await LOADERS[name]();
  // What looks like one of the vocabulary's control tokens is text, since a client wrote it.
  const count = (text: string) => countTokens(text, { disallowedSpecial: new Set() });
  return (text) => {
    if (text.length <= MAX_CHARACTERS) return count(text);
    return Math.round((count(text.slice(0, MAX_CHARACTERS)) * text.length) / MAX_CHARACTERS);
  };
}
