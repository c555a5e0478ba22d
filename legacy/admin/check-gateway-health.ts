import type { GatewayKeyCipher } from '../gateway-directory.ts';
import { gatewayHeaders } from '../gateway-headers.ts';
import type { StoredGateway } from '../gateways-repository.ts';

const LIMIT_MS = 5_000;

/** What a gateway's check found. */
export interface GatewayHealth {
  readonly success: boolean;
  /** Milliseconds until it answered; null where it is not healthy. */
  readonly latency: number | null;
  readonly error: string | null;
}

/**
 * Asks a gateway for `/health`. Portkey itself has no such page, so that a 404 is as good an answer as a 200. That it
 * is not healthy is a result, and no error.
 */
export async function checkGatewayHealth(
  { id, url, sealedKey }: StoredGateway,
  cipher: Pick<GatewayKeyCipher, 'open'>,
): Promise<GatewayHealth> {
  const begin = performance.now();
  try {
    const apiKey = sealedKey === null ? undefined : cipher.open(sealedKey);
    const response = await fetch(`${url.replace(/\/+$/, '')}/health`, {
      headers: gatewayHeaders({ id, url, apiKey }),
      // Whoever answers with a redirect is not to choose who is sent the gateway's key.
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    await response.body?.cancel();
    if (response.status !== 200 && response.status !== 404) return unhealthy(`HTTP ${response.status}`);
    return { success: true, latency: Math.round(performance.now() - begin), error: null };
  } catch (error) {
    return unhealthy(describe(error));
  }
}

function unhealthy(error: string): GatewayHealth {
  return { success: false, latency: null, error };
}

/** `fetch` itself only says that it failed; why is in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${LIMIT_MS / 1_000} seconds`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
