import { KEYS, PROVIDER_KEY, postChat } from '../../support/emulated-gateway.ts';
import { type GatewayOptions, type RunningGateway, startGateway } from '../../support/running-gateway.ts';
import { type ScriptedProvider, startScriptedProvider } from '../regressions/scripted-provider.ts';

/** A gateway between two providers that answer from a script. */
export interface RoutedGateway extends RunningGateway {
  readonly first: ScriptedProvider;
  readonly second: ScriptedProvider;
}

/** A virtual model with a target at each of the two providers, which no other has. */
export function pairOf(name: string, fields: object = {}) {
  const sides = [
    { model: `${name}-1`, provider: 'first' },
    { model: `${name}-2`, provider: 'second' },
  ];
  return {
    models: sides.map(({ model, provider }) => ({
      name: model,
      provider,
      model_identifier: `${model}-2024`,
    })),
    virtual_models: [
      { name, strategy: 'fallback', targets: sides.map(({ model }) => ({ model })), ...fields },
    ],
  };
}

/** Starts the gateway with both providers, a key for each way, and what is given. */
export async function startRoutedGateway(
  parts: readonly { readonly models?: readonly object[]; readonly virtual_models?: readonly object[] }[],
  options: GatewayOptions = {},
): Promise<RoutedGateway> {
  const [first, second] = [await startScriptedProvider(), await startScriptedProvider()];
  const account = (id: string, { url }: ScriptedProvider) => ({
    id,
    type: 'openai',
    base_url: url,
    api_key: PROVIDER_KEY,
  });
  const running = await startGateway({
    ...options,
    file: {
      providers: [account('first', first), account('second', second)],
      models: parts.flatMap(({ models = [] }) => models),
      virtual_models: parts.flatMap(({ virtual_models: virtual = [] }) => virtual),
      virtual_keys: [
        { name: 'legacy', key: KEYS.legacy, path: 'legacy' },
        { name: 'litellm', key: KEYS.litellm, path: 'litellm' },
        { name: 'plain', key: KEYS.plain, path: 'litellm', compat: 'openai' },
      ],
      ...options.file,
    },
  });
  return {
    ...running,
    first,
    second,
    async stop() {
      await running.stop();
      first.close();
      second.close();
    },
  };
}

/** A chat completion that says this. */
export function completion(content: string) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'scripted',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  };
}

/** The same as the chunks of a stream. */
export function completionChunks(content: string): readonly object[] {
  const chunk = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'scripted',
  };
  return [
    { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] },
    { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ];
}

/** Asks a model by one of the keys. */
export async function askModel(
  gateway: { readonly url: string },
  key: string,
  model: string,
  more: object = {},
) {
  const body = { model, messages: [{ role: 'user', content: 'Hello' }], ...more };
  const response = await postChat(gateway, { key, body });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
