import { EventEmitter } from 'node:events';
import { Unleash, type UnleashConfig, UnleashEvents } from 'unleash-client';
import type { Logger } from '../core/logger.ts';
import { createRareWarning } from '../core/rare-warning.ts';
import { BUCKET_PROBES } from './bucket-probes.ts';
import { KILL_FLAG, ROLLOUT_FLAG } from './flag-definition.ts';

/** A flag as Unleash's client API has it, of which only this much is certain; the rest is the library's to read. */
export interface EvaluatedFlag {
  readonly name: string;
  readonly enabled: boolean;
  readonly strategies: readonly {
    readonly name: string;
    readonly parameters: Readonly<Record<string, string>>;
    readonly constraints: readonly object[];
  }[];
}

/** A segment as Unleash's client API has it. */
export interface FlagSegment {
  readonly id: number;
}

/** Answers what the flags say, from memory. */
export interface FlagEvaluator {
  /** Whether the rollout flag enrols the key; undefined while no definitions have ever been loaded. */
  isEnrolled(keyId: string): boolean | undefined;
  /** Whether the kill flag is on. */
  isKilled(): boolean;
  /** Percentage of keys that the rollout flag enrols, as it evaluates; 0 before the first definitions. */
  enrolledPercent(): number;
  /** Puts new definitions in place of all earlier ones, for the next evaluation. */
  replace(flags: readonly EvaluatedFlag[], segments?: readonly FlagSegment[]): void;
  stop(): void;
}

/** For a flag that asks for no key: without any id, a gradual rollout that sticks to it is off even at 100 %. */
const EVERYBODY = 'everybody';

type FlagRepository = NonNullable<UnleashConfig['repository']>;
type ClientFeature = NonNullable<ReturnType<FlagRepository['getToggle']>>;
type ClientSegment = NonNullable<ReturnType<FlagRepository['getSegment']>>;

/** Feeds unleash-client from memory instead of from a server, so that all flags are judged by the same code. */
class FlagsInMemory extends EventEmitter implements FlagRepository {
  #flags = new Map<string, ClientFeature>();
  #segments = new Map<number, ClientSegment>();

  replace(flags: readonly EvaluatedFlag[], segments: readonly FlagSegment[]): void {
    this.#flags = new Map(flags.map((flag) => [flag.name, toClientFeature(flag)]));
    this.#segments = new Map(segments.map((segment) => [segment.id, segment as ClientSegment]));
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

  getSegment(id: number): ClientSegment | undefined {
    return this.#segments.get(id);
  }

  async start(): Promise<void> {}

  stop(): void {}
}

/**
 * Creates the evaluator; it knows no definitions before the first `replace`.
 * @param environment Unleash's environment name; constraints may ask for it
 */
export function createFlagEvaluator(environment: string, logger: Logger): FlagEvaluator {
  const flagsInMemory = new FlagsInMemory();
  const unleash = new Unleash({
    appName: 'banyan',
    environment,
    // Asked for by the constructor; nothing is ever fetched from it, since the repository is ours.
    url: 'http://embedded.invalid/api/',
    repository: flagsInMemory,
    disableMetrics: true,
    disableAutoStart: true,
    skipInstanceCountWarning: true,
  });
  unleash.on(UnleashEvents.Warn, (warning: unknown) => logger.warn({ warning }, 'flag definition is odd'));
  const warn = createRareWarning(logger, 'flag cannot be evaluated', () => performance.now());
  unleash.on(UnleashEvents.Error, warn);
  /** What the library cannot read must not fail a request: it means the legacy path. */
  const evaluate = (flag: string, userId: string, otherwise: boolean) => {
    try {
      return unleash.isEnabled(flag, { userId }, false);
    } catch (err) {
      warn(err);
      return otherwise;
    }
  };
  let loaded = false;
  const isEnrolled = (keyId: string) => evaluate(ROLLOUT_FLAG, keyId, false);
  return {
    isEnrolled: (keyId) => (loaded ? isEnrolled(keyId) : undefined),
    isKilled: () => loaded && evaluate(KILL_FLAG, EVERYBODY, true),
    enrolledPercent: () => (loaded ? BUCKET_PROBES.filter(isEnrolled).length : 0),
    replace(flags, segments = []) {
      flagsInMemory.replace(flags, segments);
      loaded = true;
    },
    stop: () => unleash.destroy(),
  };
}

function toClientFeature(flag: EvaluatedFlag): ClientFeature {
  return {
    type: 'release',
    project: 'default',
    stale: false,
    variants: [],
    ...flag,
    // Each evaluation would else be said to listeners that there are none of.
    impressionData: false,
    strategies: flag.strategies.map((strategy) => ({
      segments: [],
      variants: [],
      ...strategy,
      constraints: [...strategy.constraints],
    })),
  } as ClientFeature;
}
