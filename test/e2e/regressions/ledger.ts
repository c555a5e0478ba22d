import { isJsonObject, type JsonObject, parseJson } from '../../../src/core/json.ts';
import { eventually } from '../../support/eventually.ts';
import type { RunningGateway } from '../../support/running-gateway.ts';

/**
 * The line that the gateway logs of a request when it is over: outcome, status, usage. Reads the answer to its end.
 */
export async function ledgerOf(gateway: RunningGateway, response: Response): Promise<JsonObject> {
  if (!response.bodyUsed) await response.arrayBuffer();
  const id = response.headers.get('x-request-id');
  let line: JsonObject | undefined;
  await eventually(() => {
    line = ledger(gateway).find(({ requestId }) => requestId === id);
    return line !== undefined;
  });
  return line ?? {};
}

/** All such lines so far. */
export function ledger(gateway: RunningGateway): JsonObject[] {
  const lines = gateway.logLines.map((line) => parseJson(line)).filter(isJsonObject);
  return lines.filter(({ outcome }) => typeof outcome === 'string');
}
