import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import type { Reply } from '../../../core/request-path.ts';
import { logDroppedFields } from '../../log-dropped-fields.ts';
import type { PortkeyRequest } from '../../portkey-fields.ts';
import type { ProviderAdapterDependencies } from '../../provider-adapter.ts';
import { type Relay, relayCall } from '../../relay-call.ts';
import type { SdkRequests } from '../../sdk-requests.ts';

/** A call in the dialect of its provider, with the request that the provider is to get. */
export type PreparedCall = PortkeyRequest & Omit<Relay, 'request'>;

/**
 * Sends a call with what the account's SDK puts around it, and relays the answer byte for byte.
 * @throws GatewayError for faults before the first byte that are no answer of the provider
 */
export async function relayPrepared(
  { droppedFields, ...prepared }: PreparedCall,
  upstream: SdkRequests,
  { transport, logger }: ProviderAdapterDependencies,
  signal: AbortSignal,
): Promise<Reply> {
  const { call } = prepared;
  logDroppedFields(logger, call, droppedFields);
  const request = await upstream.prepare(call.upstreamPath);
  return relayCall({ ...prepared, request }, transport, signal);
}

/** The `error` object of a document; undefined where there is none. */
export function readErrorObject(document: unknown): JsonObject | undefined {
  return isJsonObject(document) && isJsonObject(document.error) ? document.error : undefined;
}
