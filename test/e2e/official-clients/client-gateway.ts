import { createEmulator } from '../../../bench/emulator/emulator.ts';
import type { Compat } from '../../../src/core/catalog.ts';
import { type EmulatedGateway, emulatedFile, KEYS, PROVIDER_KEY } from '../../support/emulated-gateway.ts';
import { startGateway } from '../../support/running-gateway.ts';

/** A way through the gateway, as a virtual key chooses it. */
export interface Route {
  readonly path: 'legacy' | 'litellm';
  readonly compat: Compat;
  readonly key: string;
}

/** The old path, the new one in its place, and the new one with plain OpenAI semantics. */
export const ROUTES = {
  legacy: { path: 'legacy', compat: 'portkey', key: KEYS.legacy },
  moved: { path: 'litellm', compat: 'portkey', key: KEYS.litellm },
  plain: { path: 'litellm', compat: 'openai', key: KEYS.plain },
} as const satisfies Record<string, Route>;

/** A provider that clients of OpenAI's dialect are put in front of. */
export interface ProviderRow {
  readonly type: 'openai' | 'anthropic' | 'deepseek' | 'google';
  readonly model: string;
  /** The finish reason of an answer that calls tools, by compat setting. */
  readonly callsFinish: Readonly<Record<Compat, string>>;
  /**
   * What becomes of a schema for the answer, by compat setting: it is kept, it is left out of the request, or the
   * provider refuses it.
   */
  readonly schema: Readonly<Record<Compat, 'kept' | 'dropped' | 'refused'>>;
  /** What Portkey gets wrong of streams: what breaks on it is shown on the new path alone. */
  readonly wrongStreams?: { readonly calls: string; readonly errors: string };
}

/** The model that clients of Anthropic's dialect ask. */
export const ANTHROPIC_MODEL = 'claude-haiku-4-5';

const asOpenAI = { portkey: 'tool_calls', openai: 'tool_calls' };

/** A further provider is a row here. */
export const PROVIDERS: readonly ProviderRow[] = [
  {
    type: 'openai',
    model: 'gpt-4o-mini',
    callsFinish: asOpenAI,
    schema: { portkey: 'kept', openai: 'kept' },
  },
  {
    type: 'anthropic',
    model: ANTHROPIC_MODEL,
    callsFinish: asOpenAI,
    schema: { portkey: 'dropped', openai: 'kept' },
  },
  {
    type: 'deepseek',
    model: 'deepseek-chat',
    callsFinish: asOpenAI,
    schema: { portkey: 'refused', openai: 'refused' },
  },
  {
    type: 'google',
    model: 'gemini-2.5-flash',
    callsFinish: { portkey: 'stop', openai: 'tool_calls' },
    schema: { portkey: 'kept', openai: 'kept' },
    wrongStreams: {
      calls: 'Portkey gives parallel calls one index',
      errors: 'Portkey gives the whole error document for its message',
    },
  },
];

/** Starts a gateway with an account of each provider, all at one emulator. */
export async function startClientGateway(): Promise<EmulatedGateway> {
  const emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
  const { origin } = new URL(emulator.url);
  const running = await startGateway({
    env: { LOG_LEVEL: 'silent' },
    file: {
      ...emulatedFile(emulator.url),
      providers: PROVIDERS.map(({ type }) => ({ id: type, type, base_url: origin, api_key: PROVIDER_KEY })),
      // Without retries of the gateway's own a test of an error need not wait for them.
      models: PROVIDERS.map(({ type, model }) => ({ name: model, provider: type, max_retries: 0 })),
    },
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

/** Where and as whom a client calls the gateway, and the path that each of its answers took. */
export interface Connection {
  readonly origin: string;
  readonly apiKey: string;
  readonly model: string;
  /** To be given to the client. */
  readonly fetch: typeof globalThis.fetch;
  /** What the answers so far say in `x-gateway-path`, in order. */
  readonly paths: readonly (string | null)[];
}

/** A new client's connection. */
export function connect(gateway: EmulatedGateway, route: Route, model: string): Connection {
  const paths: (string | null)[] = [];
  return {
    origin: gateway.url,
    apiKey: route.key,
    model,
    paths,
    async fetch(input, init) {
      const response = await fetch(input, init);
      paths.push(response.headers.get('x-gateway-path'));
      return response;
    },
  };
}
