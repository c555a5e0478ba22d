import type { JsonObject, JsonValue } from '../../../core/json.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';

/**
 * The headers that a client asks for in the body, where the API refuses them: SDKs name beta features in `betas`,
 * Portkey's clients in `anthropic_beta`, and the version of the API in `anthropic_version`. Those of the latter give
 * way to the client's own headers.
 */
export function headersInBody({ key, body, headers }: ProviderCall): Readonly<Record<string, string>> {
  if (key.compat !== 'portkey') return headerOf('anthropic-beta', [headers['anthropic-beta'], body.betas]);
  return {
    ...headerOf('anthropic-beta', [headers['anthropic-beta'] ?? body.anthropic_beta]),
    ...headerOf('anthropic-version', [headers['anthropic-version'] ?? body.anthropic_version]),
  };
}

function headerOf(
  name: string,
  values: readonly (JsonValue | undefined)[],
): Readonly<Record<string, string>> {
  const named = values.flat().filter((value) => typeof value === 'string');
  return named.length === 0 ? {} : { [name]: named.join(',') };
}

/** The body without the fields that Portkey makes headers of. */
export function withoutHeaders(body: JsonObject): JsonObject {
  const { anthropic_beta: _beta, anthropic_version: _version, ...others } = body;
  return others;
}
