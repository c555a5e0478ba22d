import { AsyncLocalStorage } from 'node:async_hooks';
import { GatewayError } from '../core/gateway-error.ts';

type Fetch = typeof globalThis.fetch;

/**
 * Lends a `fetch` to code that only knows the global one and takes no other, without changing it for anybody else in
 * the process. Its owner installs it before the first use and uninstalls it after the last.
 */
export interface GlobalFetchHook {
  /** Wraps the process's `fetch`; a second call changes nothing. */
  install(): void;
  /**
   * Takes the wrapper off again. Where somebody has wrapped `fetch` over it since, it has to stay under theirs, and
   * only passes calls on.
   */
  uninstall(): void;
  /**
   * Does the work, whose calls of the global `fetch` go to the given one, those after an await too. The given one
   * itself runs outside: it may call the global `fetch`.
   * @throws GatewayError `internal_error` where the hook is not installed
   */
  run<T>(fetch: Fetch, work: () => T): T;
}

/** Creates the hook of one gateway; several in one process do not see each other's work. */
export function createGlobalFetchHook(): GlobalFetchHook {
  const lent = new AsyncLocalStorage<Fetch | undefined>();
  let installed: { readonly wrapper: Fetch; readonly original: Fetch } | undefined;

  return {
    install() {
      installed ??= wrap(lent);
    },
    uninstall() {
      if (installed !== undefined && globalThis.fetch === installed.wrapper)
        globalThis.fetch = installed.original;
      installed = undefined;
    },
    run(fetch, work) {
      // Unwrapped, the work would send its requests past the checks of the gateway's own connections.
      if (installed === undefined) throw new GatewayError('internal_error', 'The gateway is not running.');
      return lent.run(fetch, work);
    },
  };
}

/** A wrapper is made anew each time: one that lies under another hook's keeps the original that it was put over. */
function wrap(lent: AsyncLocalStorage<Fetch | undefined>) {
  const original = globalThis.fetch;
  const wrapper: Fetch = (input, init) => {
    const fetch = lent.getStore();
    if (fetch === undefined) return original(input, init);
    // Outside, so that no connection that is opened now keeps this piece of work for as long as it lives.
    return lent.run(undefined, () => fetch(input, init));
  };
  globalThis.fetch = wrapper;
  return { wrapper, original };
}
