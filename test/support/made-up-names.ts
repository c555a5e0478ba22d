import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';
import { isJsonObject } from '../../src/core/json.ts';

/** Names with the addresses that a name server has for them; a test may change them as it goes. */
export type MadeUpNames = Map<string, readonly string[]>;

/**
 * Has the system's resolver know names that do not exist, in this process alone, as if a name server had them. All
 * other names are resolved as ever.
 * @returns what takes it back
 */
export function resolveMadeUpNames(names: MadeUpNames): () => void {
  const { lookup } = dns;
  const { lookup: lookupLater } = dns.promises;

  function answer(hostname: string, ...rest: unknown[]): void {
    const found = find(names, hostname);
    const callback = rest.at(-1);
    if (found === undefined || typeof callback !== 'function') {
      Reflect.apply(lookup, dns, [hostname, ...rest]);
      return;
    }
    const [first] = found;
    const given = asksForAll(rest[0]) ? [null, found] : [null, first?.address, first?.family];
    process.nextTick(() => Reflect.apply(callback, undefined, given));
  }

  async function answerLater(hostname: string, options?: unknown): Promise<unknown> {
    const found = find(names, hostname);
    if (found === undefined) return Reflect.apply(lookupLater, dns.promises, [hostname, options]);
    return asksForAll(options) ? found : found[0];
  }

  put(answer, answerLater);
  return () => put(lookup, lookupLater);
}

/** Whoever imported the functions by name gets the new ones, too. */
function put(lookup: unknown, lookupLater: unknown): void {
  Object.defineProperty(dns, 'lookup', { value: lookup });
  Object.defineProperty(dns.promises, 'lookup', { value: lookupLater });
  syncBuiltinESMExports();
}

function find(names: MadeUpNames, hostname: string): LookupAddress[] | undefined {
  return names.get(hostname)?.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 }));
}

function asksForAll(options: unknown): boolean {
  return isJsonObject(options) && options.all === true;
}
