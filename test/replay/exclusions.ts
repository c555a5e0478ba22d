import type { RecordedExchange } from '../support/recorded-exchange.ts';

interface Exclusion {
  readonly file: RegExp;
  /** Which of the file's exchanges; all where there is none. */
  readonly path?: RegExp;
  readonly reason: string;
}

/** The recordings that are not replayed, with the reason. */
export const EXCLUSIONS: readonly Exclusion[] = [
  {
    file: /\/models-list\.yaml$/,
    reason: 'The gateway answers `GET /v1/models` from its own catalogue, and asks no provider.',
  },
  {
    file: /^openai\/token-count-messages\.json$/,
    reason: 'What tokenizers are expected to count: it holds no answer of a provider.',
  },
  {
    file: /^openai\/responses-count-input-tokens\.yaml$/,
    reason: 'The gateway has no `/v1/responses/input_tokens`.',
  },
  {
    file: /^gemini\/count-tokens\.yaml$/,
    reason: 'Clients count in Anthropic’s dialect at Anthropic only; nothing leads to `:countTokens`.',
  },
  {
    file: /^gemini\/stream-cached-content\.yaml$/,
    path: /\/cachedContents/,
    reason: 'Caches are made and deleted at Gemini itself; the answer given from one is replayed.',
  },
];

/** Why an exchange is not replayed; undefined where it is. */
export function whyExcluded(exchange: Pick<RecordedExchange, 'file' | 'path'>): string | undefined {
  const matches = ({ file, path }: Exclusion) =>
    file.test(exchange.file) && (path === undefined || path.test(exchange.path ?? ''));
  return EXCLUSIONS.find(matches)?.reason;
}
