import { expect } from 'vitest';
import type { ProviderType } from '../../../src/core/catalog.ts';
import { emulatedFile, KEYS, PROVIDER_KEY, postChat } from '../../support/emulated-gateway.ts';

/** A model by the name that clients send, and by the one that its provider knows. */
interface NamedModel {
  readonly name: string;
  readonly identifier: string;
}

/** One model of each type of provider; no name is its identifier. */
export const MODELS: Readonly<Record<ProviderType, NamedModel>> = {
  openai: { name: 'team-gpt', identifier: 'gpt-4o-mini-2024-07-18' },
  deepseek: { name: 'team-deepseek', identifier: 'deepseek-chat' },
  'openai-compatible': { name: 'team-llama', identifier: 'llama-3.3-70b-instruct' },
  anthropic: { name: 'team-claude', identifier: 'claude-sonnet-4-5-20250929' },
  google: { name: 'team-gemini', identifier: 'gemini-2.5-flash' },
};

/** One more of DeepSeek's, which thinks without being asked to. */
export const THINKER: NamedModel = { name: 'team-thinker', identifier: 'deepseek-reasoner' };

/** The types in the order of the table. */
export const TYPES: readonly ProviderType[] = [
  'openai',
  'deepseek',
  'openai-compatible',
  'anthropic',
  'google',
];

/** The ways through the gateway, each with its key: what concerns both paths is shown on all of them. */
export const WAYS: readonly (readonly [string, string])[] = [
  ['the legacy path', KEYS.legacy],
  ['the new path as Portkey', KEYS.litellm],
  ['the new path as OpenAI', KEYS.plain],
];

/** Those of them that lead to the new path. */
export const NEW_WAYS = WAYS.slice(1);

/** One type of provider for each dialect: answers of the first are relayed, those of the others translated. */
export const DIALECTS = ['openai', 'anthropic', 'google'] as const satisfies readonly ProviderType[];

/** Each of these ways with each of these types, for a table of tests. */
export function crossed<T extends ProviderType>(ways: typeof WAYS, types: readonly T[]) {
  return types.flatMap((type) => ways.map(([way, key]) => ({ type, way, key })));
}

/**
 * The configuration that tests share, with an account of each type of provider, all at one address.
 * @param url of the provider, with or without a version
 * @param compatibleUrl of the one that is known by nothing but its dialect
 */
export function accountsFile(url: string, compatibleUrl = url) {
  const addressOf = (type: ProviderType) =>
    new URL(type === 'openai-compatible' ? compatibleUrl : url).origin;
  const modelOf = (provider: ProviderType, { name, identifier }: NamedModel) => ({
    name,
    provider,
    model_identifier: identifier,
  });
  return {
    ...emulatedFile(url),
    providers: TYPES.map((type) => ({ id: type, type, base_url: addressOf(type), api_key: PROVIDER_KEY })),
    models: [...TYPES.map((type) => modelOf(type, MODELS[type])), modelOf('deepseek', THINKER)],
  };
}

/** The same with a model more for each dialect, `hasty-` and its name, that may take 600 ms until it answers. */
export function hastyAccountsFile(url: string, compatibleUrl = url) {
  const file = accountsFile(url, compatibleUrl);
  const hasty = DIALECTS.map((type) => ({
    name: `hasty-${type}`,
    provider: type,
    model_identifier: MODELS[type].identifier,
    timeout: 600,
  }));
  return { ...file, models: [...file.models, ...hasty] };
}

/**
 * Sends a request for the model of that type of provider, and makes sure that it took the way of its key: what the
 * new path does not serve would go to the other one.
 * @param path the endpoint
 */
export async function ask(
  gateway: { readonly url: string },
  key: string,
  type: ProviderType,
  body: object,
  path = '/v1/chat/completions',
): Promise<Response> {
  const response = await postChat(gateway, { key, path, body: { model: MODELS[type].name, ...body } });
  expect(response.headers.get('x-gateway-path')).toBe(key === KEYS.legacy ? 'legacy' : 'litellm');
  return response;
}
