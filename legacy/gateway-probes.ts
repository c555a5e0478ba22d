import type { Logger } from '../src/core/logger.ts';
import type { PartState } from '../src/core/part-state.ts';
import { createGatewayProbe } from './gateway-probe.ts';
import type { GatewayProcess } from './gateway-process.ts';
import type { StoredGateway } from './gateways-repository.ts';

interface Watched {
  readonly url: string;
  readonly probe: GatewayProcess;
}

/** Watches the stored gateways, as they come and go. What it sees is told, and decides nothing. */
export interface GatewayProbes {
  /** Watches exactly these from now on, once it is started. */
  watch(gateways: readonly StoredGateway[]): void;
  start(): void;
  /** Resolves when each gateway has been asked once. */
  whenStarted(): Promise<void>;
  /** One part for each gateway, named by its id. */
  states(): readonly PartState[];
  stop(): Promise<void>;
}

/** Creates the probes; nothing is asked before `start`. */
export function createGatewayProbes(logger: Logger): GatewayProbes {
  let phase: 'created' | 'started' | 'stopped' = 'created';
  let watched: ReadonlyMap<string, Watched> = new Map();

  const add = ({ name, url }: StoredGateway): Watched => {
    const probe = createGatewayProbe(url, logger.child({ gateway: name }));
    if (phase === 'started') probe.start();
    return { url, probe };
  };

  return {
    watch(gateways) {
      if (phase === 'stopped') return;
      const before = watched;
      watched = new Map(
        gateways.map((gateway) => {
          const known = before.get(gateway.id);
          return [gateway.id, known?.url === gateway.url ? known : add(gateway)];
        }),
      );
      for (const [id, { probe }] of before) if (watched.get(id)?.probe !== probe) void probe.stop();
    },
    start() {
      phase = 'started';
      for (const { probe } of watched.values()) probe.start();
    },
    async whenStarted() {
      // A probe limits its own wait.
      await Promise.all([...watched.values()].map(({ probe }) => probe.whenStarted(0)));
    },
    states: () =>
      [...watched].map(([id, { probe }]) => ({
        name: `legacy_gateway:${id}`,
        status: probe.state().status,
      })),
    async stop() {
      phase = 'stopped';
      await Promise.all([...watched.values()].map(({ probe }) => probe.stop()));
    },
  };
}
