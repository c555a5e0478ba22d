import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import type { PathName } from '../../core/route-decision.ts';
import { canonicalJson } from './canonical-json.ts';

/** To be changed with anything that makes a stored answer wrong for the same request. */
const FORMAT = 1;

/** The forwarded client headers that a provider answers by; the others only name or trace the request. */
const ANSWERED_BY = ['anthropic-beta', 'anthropic-version', 'openai-beta'];

/** Fields by which a request changes something at the provider, or reads what other requests have changed. */
const STATEFUL_FIELDS = ['background', 'conversation', 'container', 'mcp_servers'];

/**
 * The name under which a call's answer may be stored and shared, the same for calls that must get the same answer:
 * of one virtual key, by one path, with the same request to the same account.
 * @param path the one chosen for the call
 * @returns a hash; undefined where a call's answer is never another's: of a form, and of what has effects
 */
export function cacheKeyOf(call: ProviderCall, path: PathName): string | undefined {
  if (call.form !== undefined || hasEffects(call.body)) return undefined;
  const { type, profile = null, baseUrl, id } = call.provider;
  const { endpoint, upstreamPath, stream, withholdUsage, body, key } = call;
  const parts: JsonValue = {
    format: FORMAT,
    key: key.id,
    compat: key.compat,
    path,
    // A provider that is pointed elsewhere under its old id is another one.
    provider: { id, type, profile, baseUrl },
    headers: ANSWERED_BY.map((name) => call.headers[name] ?? null),
    endpoint,
    upstreamPath,
    stream,
    // To the provider it is one whether the client asked for the usage or the gateway did; to the client it is not.
    withholdUsage,
    body,
  };
  return createHash('sha256').update(canonicalJson(parts)).digest('base64url');
}

/** A second such request is meant to happen a second time, or finds the world changed by the first. */
function hasEffects(body: JsonObject): boolean {
  return STATEFUL_FIELDS.some((name) => isSet(body[name])) || namesStatefulTool(body.tools);
}

function isSet(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** Tools that the provider calls on somebody's server, or runs in a container that was there before. */
function namesStatefulTool(tools: JsonValue | undefined): boolean {
  return Array.isArray(tools) && tools.some(isStatefulTool);
}

function isStatefulTool(tool: unknown): boolean {
  return isJsonObject(tool) && (tool.type === 'mcp' || typeof tool.container === 'string');
}
