import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';
import { isPrivateAddress } from '../../src/core/private-address.ts';

/** As `node:net` gives it: one address, or all of them where it asks for all. */
type LookupCallback = (error: Error | null, found?: string | LookupAddress[], family?: number) => void;

/**
 * Has this process connect to no name that stands for a private address, whatever it stood for when the call was
 * handed over. Every connection asks `dns.lookup` for its addresses, and takes one of those it gets. An address
 * in place of a name is not looked up: it cannot change, and was judged before.
 * @param isTrusted whether a name may stand for a private address
 */
export function refusePrivateAddresses(isTrusted: (hostname: string) => boolean): void {
  const { lookup } = dns;

  function lookupPublic(hostname: string, ...rest: unknown[]): void {
    const callback = rest.at(-1);
    const judged =
      isIP(hostname) === 0 && !isTrusted(hostname) && isCallback(callback)
        ? [...rest.slice(0, -1), refusing(callback)]
        : rest;
    Reflect.apply(lookup, dns, [hostname, ...judged]);
  }

  Object.defineProperty(dns, 'lookup', { value: lookupPublic });
  syncBuiltinESMExports();
}

function isCallback(parameter: unknown): parameter is LookupCallback {
  return typeof parameter === 'function';
}

/** The callback, which is told of no private address. Portkey shows its client the text of the error. */
function refusing(callback: LookupCallback): LookupCallback {
  return (error, found, family) => {
    const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found ?? ''];
    if (error !== null || !addresses.some(isPrivateAddress)) return callback(error, found, family);
    callback(new Error('The provider has a private address.'));
  };
}
