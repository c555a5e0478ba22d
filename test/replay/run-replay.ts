import type { CallOutcome } from '../../src/core/call-outcome.ts';
import type { ProviderCall } from '../../src/core/provider-call.ts';
import type { Reply } from '../../src/core/request-path.ts';
import { createGlobalFetchHook } from '../../src/services/global-fetch-hook.ts';
import { LiteLLMAdapter } from '../../src/services/litellm-adapter.ts';
import type { UpstreamTransport } from '../../src/services/upstream-transport.ts';
import { readAll } from '../support/event-stream.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';

/** All that a client and the ledger got of a call. */
export interface Replayed {
  readonly status: number;
  readonly headers: Reply['headers'];
  readonly body: Buffer;
  readonly outcome: CallOutcome;
}

/**
 * Carries a call through the adapter and reads its answer to the end.
 * @throws GatewayError as the adapter does
 */
export async function runReplay(call: ProviderCall, transport: UpstreamTransport): Promise<Replayed> {
  const fetchHook = createGlobalFetchHook();
  const deps = { transport, logger: createRecordingLogger(), fetchHook };
  fetchHook.install();
  try {
    const reply = await new LiteLLMAdapter(deps).handle(call, new AbortController().signal);
    const { status, headers } = reply;
    const body = await readAll(reply.body);
    return { status, headers, body, outcome: await reply.outcome };
  } finally {
    fetchHook.uninstall();
  }
}
