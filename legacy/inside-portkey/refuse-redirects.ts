/**
 * Has `fetch` fail in this process where a server answers with a redirect, which Portkey would follow to wherever the
 * server says. It fails as it does for a provider that cannot be reached, so that no `location` comes to the client
 * either. Portkey calls the global `fetch` each time, and so do the wrappers that its web framework puts over it.
 */
export function refuseRedirects(): void {
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => fetch(input, { ...init, redirect: 'error' });
}
