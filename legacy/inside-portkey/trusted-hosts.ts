import { registerHooks } from 'node:module';
import { isJsonObject } from '../../src/core/json.ts';

const PORTKEY = '/@portkey-ai/gateway/build/start-server.js';
/** Where Portkey reads its environment, once, when it is loaded. */
const READ_ONCE = /\bTRUSTED_CUSTOM_HOSTS:(\w+\(process\.env\.TRUSTED_CUSTOM_HOSTS\))/;
const READ_EACH_TIME = 'get TRUSTED_CUSTOM_HOSTS(){return $1}';

/** Whether Portkey may be sent to a host although it is private. */
export function isTrustedHost(hostname: string): boolean {
  return (process.env.TRUSTED_CUSTOM_HOSTS ?? '').split(',').includes(hostname);
}

/**
 * Has the trusted hosts be those that the parent named last, from the next call on, and tells it when they are.
 * Portkey checks each call against its variable and remembers what that was at its start: it is made to look again.
 */
export function followTrustedHosts(): void {
  registerHooks({
    load(url, context, nextLoad) {
      const module = nextLoad(url, context);
      return url.endsWith(PORTKEY) ? { ...module, source: readEachTime(String(module.source)) } : module;
    },
  });
  process.on('message', (message) => {
    if (!isJsonObject(message) || typeof message.trustedHosts !== 'string') return;
    process.env.TRUSTED_CUSTOM_HOSTS = message.trustedHosts;
    process.send?.({ trustedHosts: message.trustedHosts });
  });
}

/** Better no start than a Portkey that refuses what is allowed: its version is pinned, and a new one is tested. */
function readEachTime(source: string): string {
  if (!READ_ONCE.test(source))
    throw new Error('Portkey reads TRUSTED_CUSTOM_HOSTS where it was not expected.');
  return source.replace(READ_ONCE, READ_EACH_TIME);
}
