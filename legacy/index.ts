import { GatewayError } from '../src/core/gateway-error.ts';
import type { Logger } from '../src/core/logger.ts';
import type { PartState } from '../src/core/part-state.ts';
import type { RequestPath } from '../src/core/request-path.ts';
import { createGatewayProbe } from './gateway-probe.ts';
import { createGatewayProcess } from './gateway-process.ts';
import { createPortkeyPath } from './legacy-path.ts';
import { parseLegacyGateway } from './legacy-settings.ts';
import { createPortkeyProxy, type LegacyLimits } from './portkey-proxy.ts';

/** How long the very first requests wait for the bundled gateway's first start. */
const FIRST_START_LIMIT_MS = 15_000;

export interface LegacyPathDependencies {
  readonly logger: Logger;
  /** `PORTKEY_GATEWAY_URL` as it is set. */
  readonly gatewayUrl: string | undefined;
  /** Hosts of configured providers that are private and allowed, asked for at each start of the gateway. */
  readonly trustedHosts: () => readonly string[];
  readonly limits: LegacyLimits;
  /** The operator's variables for certificates, which the bundled gateway is to honour as well. */
  readonly tlsEnvironment: Readonly<Record<string, string>>;
}

/** The legacy path with the gateway behind it. */
export interface LegacyPath extends RequestPath {
  /** Starts the bundled gateway, or to watch the external one. Does not wait for it. */
  start(): void;
  /** Resolves when the gateway has answered once, or when its first start took too long. */
  whenStarted(): Promise<void>;
  state(): PartState;
  /** Keeps serving what runs, and starts no gateway again. */
  drain(): void;
  /** Ends the bundled gateway and closes all connections. */
  stop(): Promise<void>;
}

/**
 * The one door of `legacy/`.
 * @throws ConfigurationError where the settings are wrong, naming the variable
 */
export function createLegacyPath(deps: LegacyPathDependencies): LegacyPath {
  const gateway = createGateway(deps);
  const proxy = createPortkeyProxy(deps.limits);
  const path = createPortkeyPath({
    proxy,
    async locate() {
      if (gateway.state().status === 'starting') await gateway.whenStarted(FIRST_START_LIMIT_MS);
      const { url } = gateway.state();
      if (url === undefined) throw unavailable();
      return url;
    },
  });
  return {
    ...path,
    start: () => gateway.start(),
    whenStarted: () => gateway.whenStarted(FIRST_START_LIMIT_MS),
    state: () => ({ name: 'legacy_gateway', status: gateway.state().status }),
    drain: () => gateway.keepDown(),
    async stop() {
      await gateway.stop();
      proxy.close();
    },
  };
}

function createGateway(deps: LegacyPathDependencies) {
  const gateway = parseLegacyGateway(deps.gatewayUrl);
  const url = gateway.kind === 'external' ? gateway.url : undefined;
  if (gateway.kind === 'bundled') return createGatewayProcess(deps);
  return createGatewayProbe(url, deps.logger);
}

function unavailable(): GatewayError {
  return new GatewayError('legacy_unavailable', 'The legacy gateway is not running.', {
    retryAfterSeconds: 1,
  });
}
