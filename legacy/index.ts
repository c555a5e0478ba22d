import type { Knex } from 'knex';
import { GatewayError } from '../src/core/gateway-error.ts';
import type { Logger } from '../src/core/logger.ts';
import type { PartState } from '../src/core/part-state.ts';
import type { RequestPath } from '../src/core/request-path.ts';
import { type AddressCheck, createAddressGuard } from './address-guard.ts';
import { gatewayOperations } from './admin/gateway-operations.ts';
import type { LegacyOperationDependencies } from './admin/operation-spec.ts';
import { ruleOperations } from './admin/rule-operations.ts';
import { createGatewayDirectory, type GatewayDirectory, type GatewayKeyCipher } from './gateway-directory.ts';
import { createGatewayProbe } from './gateway-probe.ts';
import { createGatewayProbes, type GatewayProbes } from './gateway-probes.ts';
import { createGatewayProcess, type GatewayProcess } from './gateway-process.ts';
import { createPortkeyPath } from './legacy-path.ts';
import { parseLegacyGateway } from './legacy-settings.ts';
import { createPortkeyProxy, type LegacyLimits } from './portkey-proxy.ts';

/** How long the very first requests wait for the bundled gateway's first start. */
const FIRST_START_LIMIT_MS = 15_000;

export interface LegacyPathDependencies {
  readonly logger: Logger;
  /** `PORTKEY_GATEWAY_URL` as it is set. */
  readonly gatewayUrl: string | undefined;
  /** Hosts of configured providers that are private and allowed, asked for at each start of the gateway and each refresh. */
  readonly trustedHosts: () => readonly string[];
  readonly limits: LegacyLimits;
  /** The operator's variables for certificates, which the bundled gateway is to honour as well. */
  readonly tlsEnvironment: Readonly<Record<string, string>>;
  /** Where gateways and rules are stored. */
  readonly stored: { readonly db: Knex; readonly cipher: Pick<GatewayKeyCipher, 'open'> };
  /** Judges where a call is going before Portkey is told. */
  readonly whyRefused: AddressCheck;
}

/** The legacy path with the gateways behind it. */
export interface LegacyPath extends RequestPath {
  /**
   * Reads the stored gateways and rules anew, and has the bundled gateway trust the private hosts there are now. Call
   * it once before `start`, and after each change.
   */
  refresh(): Promise<void>;
  /** Starts the bundled gateway, or to watch the others. Does not wait for it. */
  start(): void;
  /** Resolves when the gateways have been asked once, or when the bundled one's first start took too long. */
  whenStarted(): Promise<void>;
  /** Whether calls can go anywhere. */
  state(): PartState;
  /** The same, and the state of each stored gateway. */
  states(): readonly PartState[];
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
  const { logger, stored, whyRefused } = deps;
  const configured = createConfiguredGateway(deps);
  const directory = createGatewayDirectory({ ...stored, logger });
  const probes = createGatewayProbes(logger);
  const proxy = createPortkeyProxy(deps.limits);
  const path = createPortkeyPath({
    proxy,
    locate: async (call) => directory.choose(call) ?? { url: await locate(configured), headers: {} },
    checkAddress: createAddressGuard(whyRefused).check,
  });
  const state = () => overallState(configured, directory, probes);
  return {
    ...path,
    async refresh() {
      await directory.refresh();
      probes.watch(directory.usable());
      await configured.trustHosts();
    },
    start() {
      configured.start();
      probes.start();
    },
    async whenStarted() {
      if (directory.isEmpty()) await configured.whenStarted(FIRST_START_LIMIT_MS);
      else await probes.whenStarted();
    },
    state,
    states: () => [state(), ...probes.states()],
    drain: () => configured.keepDown(),
    async stop() {
      await Promise.all([configured.stop(), probes.stop()]);
      proxy.close();
    },
  };
}

/** The part of the admin API that only the legacy path needs: its gateways, and the rules that choose among them. */
export function createLegacyOperations<Actor, Operation>(
  deps: LegacyOperationDependencies<Actor, Operation>,
): Operation[] {
  return [...gatewayOperations(deps), ...ruleOperations(deps)];
}

function createConfiguredGateway(deps: LegacyPathDependencies): GatewayProcess {
  const gateway = parseLegacyGateway(deps.gatewayUrl);
  const url = gateway.kind === 'external' ? gateway.url : undefined;
  if (gateway.kind === 'bundled') return createGatewayProcess(deps);
  return createGatewayProbe(url, deps.logger);
}

async function locate(gateway: GatewayProcess): Promise<string> {
  if (gateway.state().status === 'starting') await gateway.whenStarted(FIRST_START_LIMIT_MS);
  const { url } = gateway.state();
  if (url === undefined) throw unavailable();
  return url;
}

/** That of the configured gateway where no other is stored, else the best of theirs: any of them can serve. */
function overallState(
  configured: GatewayProcess,
  directory: GatewayDirectory,
  probes: GatewayProbes,
): PartState {
  const name = 'legacy_gateway';
  if (directory.isEmpty()) return { name, status: configured.state().status };
  const statuses = probes.states().map(({ status }) => status);
  return { name, status: RANKED.find((status) => statuses.includes(status)) ?? 'down' };
}

const RANKED = ['up', 'starting', 'stopped'] as const;

function unavailable(): GatewayError {
  return new GatewayError('legacy_unavailable', 'The legacy gateway is not running.', {
    retryAfterSeconds: 1,
  });
}
