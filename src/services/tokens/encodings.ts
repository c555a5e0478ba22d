import { bareModelName } from './bare-model-name.ts';

/** Gives the numbers of tokens of a text's words, one after the other; they are found as they are asked for. */
export type CountWords = (text: string) => Iterable<number>;

const LOADERS = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
  p50k_base: () => import('gpt-tokenizer/encoding/p50k_base'),
  r50k_base: () => import('gpt-tokenizer/encoding/r50k_base'),
};

/** A tokenizer's vocabulary, in OpenAI's words. */
export type EncodingName = keyof typeof LOADERS;

/** The first pattern that a model's bare name matches; of dated ones the base counts. */
const MODELS: readonly (readonly [RegExp, EncodingName])[] = [
  [/^(gpt-4o|gpt-4\.[15]|gpt-5|gpt-oss|chatgpt-4o|o[1-9])/, 'o200k_base'],
  [/^(gpt-4|gpt-3\.5|gpt-35|text-embedding-(ada-002|3-)|(davinci|babbage)-002)/, 'cl100k_base'],
  [/^(text-davinci-00[23]|code-(davinci|cushman))/, 'p50k_base'],
  [/^(text-)?(davinci|curie|babbage|ada)/, 'r50k_base'],
];

/** The encoding of a model; what is not OpenAI's is counted by its newest, which is near enough for an estimate. */
export function encodingOf(modelIdentifier: string): EncodingName {
  const name = bareModelName(modelIdentifier);
  return MODELS.find(([pattern]) => pattern.test(name))?.[1] ?? 'o200k_base';
}

/** Creates a source of encodings, each of which is loaded once, on first use: they are megabytes. */
export function createEncodings(): (name: EncodingName) => Promise<CountWords> {
  const loaded = new Map<EncodingName, Promise<CountWords>>();
  return (name) => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const loading = load(name);
    loaded.set(name, loading);
    return loading;
  };
}

async function load(name: EncodingName): Promise<CountWords> {
  const { encodeGenerator, setMergeCacheSize } = await LOADERS[name]();
  // It would keep words of clients' texts, and with each the whole text that it is a part of.
  setMergeCacheSize(0);
  return function* countWords(text) {
    // What looks like one of the vocabulary's control tokens is text, since a client wrote it.
    for (const tokens of encodeGenerator(text, { disallowedSpecial: new Set() })) yield tokens.length;
  };
}
