import { EventEmitter } from 'node:events';
import { Unleash, type UnleashConfig, UnleashEvents } from 'unleash-client';
import type { Logger } from '../core/logger.ts';
import { type FlagDefinition, KILL_FLAG, ROLLOUT_FLAG } from './flag-definition.ts';

/** Answers what the flags say, from memory. */
export interface FlagEvaluator {
  /** Whether the rollout flag enrols the key; undefined while no definitions have ever been loaded. */
  isEnrolled(keyId: string): boolean | undefined;
  /** Whether the kill flag is on. */
  isKilled(): boolean;
  /** Puts new embedded definitions in place, for the next evaluation. */
  replace(flags: readonly FlagDefinition[]): void;
  stop(): void;
}

type FlagRepository = NonNullable<UnleashConfig['repository']>;
type ClientFeature = NonNullable<ReturnType<FlagRepository['getToggle']>>;

/** Feeds unleash-client from memory instead of from a server, so that embedded flags are judged by the same code. */
class EmbeddedFlags extends EventEmitter implements FlagRepository {
  #flags = new Map<string, ClientFeature>();

  replace(flags: readonly FlagDefinition[]): void {
    this.#flags = new Map(flags.map((flag) => [flag.name, toClientFeature(flag)]));
    // Until it hears this, the client answers with fallbacks.
    this.emit(UnleashEvents.Ready);
    this.emit(UnleashEvents.Changed, []);
  }

  getToggle(name: string): ClientFeature | undefined {
    return this.#flags.get(name);
  }

  getToggles(): ClientFeature[] {
    return [...this.#flags.values()];
  }

  getTogglesWithSegmentData(): ReturnType<FlagRepository['getTogglesWithSegmentData']> {
    return [];
  }

  getSegment(): undefined {
    return undefined;
  }

  async start(): Promise<void> {}

  stop(): void {}
}

/**
 * Creates the evaluator over embedded definitions.
 * @param environment Unleash's environment name; constraints may ask for it
 */
export function createFlagEvaluator(environment: string, logger: Logger): FlagEvaluator {
  const embedded = new EmbeddedFlags();
  const unleash = new Unleash({
    appName: 'banyan',
    environment,
    // Asked for by the constructor; nothing is ever fetched from it, since the repository is ours.
    url: 'http://embedded.invalid/api/',
    repository: embedded,
    disableMetrics: true,
    disableAutoStart: true,
    skipInstanceCountWarning: true,
  });
  unleash.on(UnleashEvents.Warn, (warning: unknown) => logger.warn({ warning }, 'flag definition is odd'));
  unleash.on(UnleashEvents.Error, (err: unknown) => logger.warn({ err }, 'flag cannot be evaluated'));
  let loaded = false;
  return {
    isEnrolled: (keyId) => (loaded ? unleash.isEnabled(ROLLOUT_FLAG, { userId: keyId }, false) : undefined),
    isKilled: () => loaded && unleash.isEnabled(KILL_FLAG, undefined, false),
    replace(flags) {
      embedded.replace(flags);
      loaded = true;
    },
    stop: () => unleash.destroy(),
  };
}

function toClientFeature(flag: FlagDefinition): ClientFeature {
  return {
    name: flag.name,
    type: 'release',
    project: 'default',
    enabled: flag.enabled,
    stale: false,
    impressionData: false,
    variants: [],
    strategies: flag.strategies.map((strategy) => ({ ...strategy, segments: [], variants: [] })),
  } as ClientFeature;
}
