import { onTestFinished } from 'vitest';
import type { ProviderCall } from '../../src/core/provider-call.ts';
import { createUpstreamTransport, type UpstreamTransport } from '../../src/services/upstream-transport.ts';
import { startLocalServer } from '../support/local-server.ts';
import type { RecordedExchange } from '../support/recorded-exchange.ts';
import type { Replay } from './replays.ts';
import { createScriptedTransport, type ScriptedTransport } from './scripted-transport.ts';

const LIMITS = { connectMs: 20_000, headersMs: 20_000, idleMs: 20_000 };

/** A provider that answers as it was recorded, the body in one piece. */
export function asRecorded({ status, headers, body }: RecordedExchange): ScriptedTransport {
  return createScriptedTransport({ status, headers, chunks: [body] });
}

/**
 * A provider that answers as it was recorded, but with a body that comes in these pieces.
 * @param fault what the connection fails with behind them
 */
export function inPieces(
  { status, headers }: RecordedExchange,
  chunks: Iterable<Uint8Array>,
  fault?: Error,
): ScriptedTransport {
  return createScriptedTransport({ status, headers, chunks, fault });
}

/** The call to a real server that answers as it was recorded, and the real transport to reach it. */
export async function overLoopback({ exchange, call }: Replay): Promise<[ProviderCall, UpstreamTransport]> {
  const url = await startLocalServer((request, response) => {
    request.resume().on('end', () => {
      const length = exchange.isStream ? {} : { 'content-length': exchange.body.length };
      response.writeHead(exchange.status, { ...exchange.headers, ...length }).end(exchange.body);
    });
  });
  const transport = createUpstreamTransport(LIMITS, true);
  onTestFinished(() => transport.close());
  return [{ ...call, provider: { ...call.provider, baseUrl: `${url}/v1` } }, transport];
}
