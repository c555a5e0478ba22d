import type { CallOutcome } from '../core/call-outcome.ts';
import type { PathName } from '../core/route-decision.ts';

/** What is judged is the last minute. */
const WINDOW_S = 60;
const FAULTS_TO_OPEN = 5;
const SHARE_TO_OPEN = 0.2;
/** Where the legacy path fails as well, going back to it helps nobody. */
const LEGACY_HEALTHY_BELOW = 0.05;
const SUCCESSES_TO_CLOSE = 3;
const WAIT_MS = 30_000;
const MAX_WAIT_MS = 600_000;
/** A probe of which nothing is heard for so long stands in nobody's way any more. */
const PROBE_MS = 60_000;

/** Requests of the last minute on the new path, and how many of them it failed by itself. */
export interface BreakerFigures {
  readonly requests: number;
  readonly faults: number;
}

/** The one request that may try whether it is over. */
export interface Probe {
  readonly since: number;
}

/**
 * Keeps requests off the new path while that fails by its own faults. It counts in this process and asks nobody: it
 * works with database and flag server down, and takes no statistics to see what is plain.
 */
export interface LocalBreaker {
  /** Whether a request is to be kept off the new path now. Asking changes nothing. */
  isOpen(): boolean;
  /** Whether it has opened and not closed yet, be it that a probe may go. */
  isTripped(): boolean;
  /** For a request that is really going to the new path: the place of the probe, where one is to go. */
  takeProbe(): Probe | undefined;
  /** The probe was not sent after all. */
  giveBack(probe: Probe): void;
  /** Takes note of how a request ended on its path. */
  count(path: PathName, outcome: CallOutcome, probe: Probe | undefined): void;
}

export interface LocalBreakerDependencies {
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  readonly canLegacyServe: () => boolean;
  readonly onChange: (state: 'open' | 'closed', figures: BreakerFigures) => void;
  /** Milliseconds before the first probe; each opening in a row doubles it. Half a minute where it is left out. */
  readonly waitMs?: number | undefined;
}

interface Second extends Record<PathName, { requests: number; faults: number }> {
  readonly second: number;
}

/** Creates the breaker, closed. */
export function createLocalBreaker(deps: LocalBreakerDependencies): LocalBreaker {
  const { now, canLegacyServe, onChange, waitMs = WAIT_MS } = deps;
  let seconds: Second[] = [];
  /** Undefined while it is closed. */
  let openUntil: number | undefined;
  let openings = 0;
  let successes = 0;
  let probe: Probe | undefined;

  const isProbed = () => probe !== undefined && now() - probe.since < PROBE_MS;
  const currentSecond = () => {
    const second = Math.floor(now() / 1000);
    while (seconds[0] !== undefined && seconds[0].second <= second - WINDOW_S) seconds.shift();
    const last = seconds.at(-1);
    if (last?.second === second) return last;
    const made = { second, litellm: { requests: 0, faults: 0 }, legacy: { requests: 0, faults: 0 } };
    seconds.push(made);
    return made;
  };
  const figures = (path: PathName): BreakerFigures => ({
    requests: seconds.reduce((sum, each) => sum + each[path].requests, 0),
    faults: seconds.reduce((sum, each) => sum + each[path].faults, 0),
  });
  const isPlain = () => {
    const [own, legacy] = [figures('litellm'), figures('legacy')];
    const isLegacyWell = legacy.requests === 0 || legacy.faults / legacy.requests < LEGACY_HEALTHY_BELOW;
    const fails = own.faults >= FAULTS_TO_OPEN && own.faults / own.requests >= SHARE_TO_OPEN;
    return fails && isLegacyWell && canLegacyServe();
  };
  const open = () => {
    const seen = figures('litellm');
    openUntil = now() + Math.min(MAX_WAIT_MS, waitMs * 2 ** openings);
    openings += 1;
    successes = 0;
    seconds = [];
    onChange('open', seen);
  };
  const close = () => {
    const seen = figures('litellm');
    openUntil = undefined;
    openings = 0;
    seconds = [];
    onChange('closed', seen);
  };
  const afterProbe = (isFault: boolean) => {
    probe = undefined;
    if (isFault) return open();
    successes += 1;
    if (successes >= SUCCESSES_TO_CLOSE) close();
  };

  return {
    isOpen: () => openUntil !== undefined && (now() < openUntil || isProbed()),
    isTripped: () => openUntil !== undefined,
    takeProbe() {
      if (openUntil === undefined || now() < openUntil || isProbed()) return undefined;
      probe = { since: now() };
      return probe;
    },
    giveBack(given) {
      if (probe === given) probe = undefined;
    },
    count(path, { kind, errorCode }, given) {
      // What both paths refuse is no fault of one.
      const isFault = kind === 'gateway_error' && errorCode !== 'upstream_address_refused';
      const counts = currentSecond()[path];
      counts.requests += 1;
      if (isFault) counts.faults += 1;
      if (openUntil === undefined) {
        if (isFault && path === 'litellm' && isPlain()) open();
      } else if (given !== undefined && probe === given) {
        if (kind === 'client_abort') probe = undefined;
        else afterProbe(isFault);
      }
    },
  };
}
