import { onTestFinished } from 'vitest';
import { createEmulator } from '../../../../bench/emulator/emulator.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { createGlobalFetchHook } from '../../../services/global-fetch-hook.ts';
import { LiteLLMAdapter } from '../../../services/litellm-adapter.ts';
import { createUpstreamTransport } from '../../../services/upstream-transport.ts';

const PROVIDER_KEY = 'sk-upstream-0123456789abcdefghij';

/** The new path, and an emulated provider that takes one key. */
export async function startEmulatedAdapter() {
  const emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
  onTestFinished(() => emulator.close());
  const limits = { connectMs: 5_000, headersMs: 5_000, idleMs: 5_000 };
  const transport = createUpstreamTransport(limits, true);
  onTestFinished(() => transport.close());
  const adapter = new LiteLLMAdapter({
    transport,
    fetchHook: createGlobalFetchHook(),
    logger: createRecordingLogger(),
  });
  return { adapter, emulator, providerKey: PROVIDER_KEY };
}
