import { LRUCache } from 'lru-cache';
import { GatewayError } from '../src/core/gateway-error.ts';
import { withinTime } from '../src/core/limit-waits.ts';

/** Why a base URL may not be dialled; undefined where it may. @throws Error where its host has no address */
export type AddressCheck = (baseUrl: string) => Promise<string | undefined>;

/** Waits of the guard, in milliseconds. */
export interface AddressGuardTimes {
  /** How long a judgement stands: name servers are not to be asked with each call. */
  readonly keepMs: number;
  /** Of one judgement. */
  readonly limitMs: number;
}

const TIMES: AddressGuardTimes = { keepMs: 5_000, limitMs: 5_000 };
/** Well above the base URLs of any installation. */
const MAX_KEPT = 1_000;

/** Checks where a call is going before it is handed over. */
export interface AddressGuard {
  /** @throws GatewayError `upstream_address_refused`, `upstream_unreachable` without an address, `upstream_timeout` */
  check(baseUrl: string): Promise<void>;
}

/** Creates the guard. Calls that ask at the same time share one judgement; one that failed is not kept. */
export function createAddressGuard(whyRefused: AddressCheck, times = TIMES): AddressGuard {
  const kept = new LRUCache<string, Promise<string | undefined>>({ max: MAX_KEPT, ttl: times.keepMs });

  function judge(baseUrl: string): Promise<string | undefined> {
    const known = kept.get(baseUrl);
    if (known !== undefined) return known;
    const judgement = withinTime(whyRefused(baseUrl), times.limitMs);
    kept.set(baseUrl, judgement);
    judgement.catch(() => {
      if (kept.peek(baseUrl) === judgement) kept.delete(baseUrl);
    });
    return judgement;
  }

  return {
    async check(baseUrl) {
      const reason = await judge(baseUrl).catch(toFault);
      if (reason === undefined) return;
      throw new GatewayError('upstream_address_refused', 'The provider has a private address.', {
        cause: new Error(`${new URL(baseUrl).host} ${reason}`),
      });
    },
  };
}

/** Without an address there is nothing to judge: Portkey, which looks for one itself, might find another. */
function toFault(error: unknown): never {
  if (error instanceof GatewayError) throw error;
  throw new GatewayError('upstream_unreachable', "The provider's address could not be found.", {
    cause: error,
  });
}
