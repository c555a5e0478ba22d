import type { Secret } from '../src/core/secret.ts';

/** What a gateway on another machine lets requests in by. */
export interface GatewayIdentity {
  readonly id: string;
  readonly url: string;
  /** Undefined where the gateway wants none. */
  readonly apiKey: Secret | undefined;
}

/** The headers that a gateway knows us by; none for one on this machine, or without a key. */
export function gatewayHeaders({ id, url, apiKey }: GatewayIdentity): Readonly<Record<string, string>> {
  if (apiKey === undefined || isLoopback(new URL(url).hostname)) return {};
  return { 'x-gateway-id': id, 'x-api-key': apiKey.reveal() };
}

/** Whether a host as `URL` writes it is this machine: IPv6 addresses stand in brackets there. */
function isLoopback(hostname: string): boolean {
  return /^((.+\.)?localhost|127(\.\d+){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/.test(hostname);
}
