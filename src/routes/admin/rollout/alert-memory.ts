/** What makes an alert the same one: it fires anew with a new start. */
export interface AlertIdentity {
  readonly fingerprint: string;
  /** As it was sent. */
  readonly startsAt: string;
}

/** Which alerts this process has acted on; the oldest are forgotten. */
export interface AlertMemory {
  /** Those that are not remembered; from now on they are. */
  takeUnseen<T extends AlertIdentity>(alerts: readonly T[]): readonly T[];
  /** Has them count as new again. */
  forget(alerts: readonly AlertIdentity[]): void;
}

const CAPACITY = 10_000;

/** Creates a memory of nothing. */
export function createAlertMemory(): AlertMemory {
  const seen = new Set<string>();
  const take = (alert: AlertIdentity) => {
    const identity = toText(alert);
    if (seen.has(identity)) return false;
    seen.add(identity);
    for (const oldest of seen) {
      if (seen.size <= CAPACITY) break;
      seen.delete(oldest);
    }
    return true;
  };
  return {
    takeUnseen: (alerts) => alerts.filter(take),
    forget(alerts) {
      for (const alert of alerts) seen.delete(toText(alert));
    },
  };
}

function toText({ fingerprint, startsAt }: AlertIdentity): string {
  return `${fingerprint} ${startsAt}`;
}
