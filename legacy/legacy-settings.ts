import { z } from 'zod';
import { ConfigurationError } from '../src/core/configuration-error.ts';

const gatewayUrl = z.url({ protocol: /^https?$/ });

/** Where the legacy gateway is: ours, started as a child; one that runs elsewhere; or nowhere. */
export type LegacyGateway =
  | { readonly kind: 'bundled' }
  | { readonly kind: 'external'; readonly url: string }
  | { readonly kind: 'off' };

/**
 * Reads `PORTKEY_GATEWAY_URL`.
 * @throws ConfigurationError naming the variable where it is neither a URL nor `off`
 */
export function parseLegacyGateway(value: string | undefined): LegacyGateway {
  if (value === undefined) return { kind: 'bundled' };
  if (value === 'off') return { kind: 'off' };
  const url = gatewayUrl.safeParse(value);
  if (!url.success)
    throw new ConfigurationError(['PORTKEY_GATEWAY_URL: must be an http or https URL, or off']);
  return { kind: 'external', url: url.data.replace(/\/+$/, '') };
}
