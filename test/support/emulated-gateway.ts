import OpenAI from 'openai';
import { createEmulator, type Emulator } from '../../bench/emulator/emulator.ts';
import { type GatewayOptions, type RunningGateway, startGateway } from './running-gateway.ts';

export const MODEL = 'gpt-4o-mini';
export const PROVIDER_KEY = 'sk-upstream-0123456789abcdefghij';
/** A virtual key for each way through the gateway. */
export const KEYS = {
  auto: 'vk-test-auto-000001',
  legacy: 'vk-test-legacy-0001',
  litellm: 'vk-test-litellm-001',
  /** On the new path as well, with plain OpenAI semantics. */
  plain: 'vk-test-plain-00001',
  disabled: 'vk-test-disabled-01',
};

/** A gateway with the provider emulator behind both of its paths. */
export interface EmulatedGateway extends RunningGateway {
  readonly emulator: Emulator;
}

/** The configuration that the tests share: one provider, one model, a key for each way. */
export function emulatedFile(emulatorUrl: string): Record<string, unknown> {
  return {
    providers: [{ id: 'emulator', type: 'openai', base_url: emulatorUrl, api_key: PROVIDER_KEY }],
    models: [{ name: MODEL, provider: 'emulator', model_identifier: 'gpt-4o-mini-2024-07-18' }],
    virtual_keys: [
      { name: 'auto', key: KEYS.auto },
      { name: 'legacy', key: KEYS.legacy, path: 'legacy' },
      { name: 'litellm', key: KEYS.litellm, path: 'litellm' },
      { name: 'plain', key: KEYS.plain, path: 'litellm', compat: 'openai' },
      { name: 'disabled', key: KEYS.disabled, enabled: false },
    ],
  };
}

/**
 * Starts both. `options.file` is merged over the shared configuration, field by field.
 * @param toFile the shared configuration, by the emulator's address
 */
export async function startEmulatedGateway(
  options: GatewayOptions = {},
  toFile: (emulatorUrl: string) => object = emulatedFile,
): Promise<EmulatedGateway> {
  const emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
  const running = await startGateway({
    ...options,
    file: { ...toFile(emulator.url), ...options.file },
  });
  return {
    ...running,
    emulator,
    async stop() {
      await running.stop();
      await emulator.close();
    },
  };
}

/** The official client, without retries of its own. */
export function openaiClient(gateway: { readonly url: string }, apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
}

/** One user message that tells the emulator how to answer. */
export function emulate(directive: object, text = ''): { role: 'user'; content: string } {
  return { role: 'user', content: `${text} @emulate ${JSON.stringify(directive)}` };
}

/** A plain POST of a chat completion, for what the official client would not send or hides. */
export function postChat(
  gateway: { readonly url: string },
  options: {
    readonly key?: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
    readonly path?: string;
  },
): Promise<Response> {
  const { key, body, headers, signal, path = '/v1/chat/completions' } = options;
  const content = body ?? { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };
  return fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof content === 'string' ? content : JSON.stringify(content),
    ...(signal === undefined ? {} : { signal }),
  });
}
