/** The requests of a look, of both arms together, and how many of them failed. */
export interface PooledLook {
  readonly requests: number;
  readonly failures: number;
}

/** What is usual is told by the latest looks, so many at most; by fewer than the least nothing is told. */
const USUAL = { looks: 40, leastLooks: 5, leastRequests: 500 };
/** An outage has so many failures, at so many times what is usual, or at a risk that nobody would call so. */
const OUTAGE = { failures: 5, ratio: 5, risk: 0.1 };

/**
 * Whether a look is amid an outage. Where both paths fail for a reason of their provider's they look alike, which is no
 * sign that they are. It is told without the arms, so that it is not the arms that decide what counts.
 * @param usual the looks before that were none
 */
export function isOutage({ requests, failures }: PooledLook, usual: readonly PooledLook[]): boolean {
  if (failures < OUTAGE.failures) return false;
  const risk = failures / requests;
  return risk > OUTAGE.risk || (isUsualKnown(usual) && risk > OUTAGE.ratio * usualRisk(usual));
}

/** Whether there were looks enough to say what is usual. */
export function isUsualKnown(usual: readonly PooledLook[]): boolean {
  return usual.length >= USUAL.leastLooks && total(usual).requests >= USUAL.leastRequests;
}

/** The looks with one more that was no outage. */
export function addUsual(usual: readonly PooledLook[], look: PooledLook): readonly PooledLook[] {
  return look.requests === 0 ? usual : [...usual, look].slice(-USUAL.looks);
}

/** Of the quieter half of the requests: an outage that nobody has recognised does not raise it before it is the most. */
function usualRisk(usual: readonly PooledLook[]): number {
  const half = total(usual).requests / 2;
  const quiet = { requests: 0, failures: 0 };
  for (const { requests, failures } of usual.toSorted((one, other) => riskOf(one) - riskOf(other))) {
    if (quiet.requests >= half) break;
    quiet.requests += requests;
    quiet.failures += failures;
  }
  return riskOf(quiet);
}

function riskOf({ requests, failures }: PooledLook): number {
  return failures / requests;
}

function total(looks: readonly PooledLook[]): PooledLook {
  return looks.reduce(
    (sum, { requests, failures }) => ({
      requests: sum.requests + requests,
      failures: sum.failures + failures,
    }),
    { requests: 0, failures: 0 },
  );
}
