/** Requests of both arms together, and how many of them failed. */
export interface PooledCounts {
  readonly requests: number;
  readonly failures: number;
}

/** Looks that are judged together, with what they say for a promotion if they are amid no outage. */
export interface Block extends PooledCounts {
  readonly forPromotion: number;
}

/** None yet. */
export const NO_BLOCK: Block = { requests: 0, failures: 0, forPromotion: 0 };

/**
 * A block is whole at so many failures, which is what an outage takes, or at so many requests with fewer. A single look
 * has mostly one or two failures, and says nothing of how many are usual.
 */
const WHOLE = { failures: 5, requests: 500 };
/** What is usual is told by the latest blocks, so many at most; by fewer than the least nothing is told. */
const USUAL = { blocks: 40, leastBlocks: 3, leastRequests: 500 };
/** An outage has so many failures, at so many times what is usual, or at a risk that nobody would call so. */
const OUTAGE = { failures: 5, ratio: 3, risk: 0.1 };

export function addBlock(one: Block, other: Block): Block {
  return {
    requests: one.requests + other.requests,
    failures: one.failures + other.failures,
    forPromotion: one.forPromotion + other.forPromotion,
  };
}

/** Whether there is enough in a block to say whether it is amid an outage. */
export function isWhole({ requests, failures }: PooledCounts): boolean {
  return failures >= WHOLE.failures || requests >= WHOLE.requests;
}

/**
 * Whether a block is amid an outage. Where both paths fail for a reason of their provider's they look alike, which is no
 * sign that they are. It is told without the arms, so that it is not the arms that decide what counts.
 * @param usual the blocks before that were none
 */
export function isOutage({ requests, failures }: PooledCounts, usual: readonly PooledCounts[]): boolean {
  if (failures < OUTAGE.failures) return false;
  const risk = failures / requests;
  return risk > OUTAGE.risk || (isUsualKnown(usual) && risk > OUTAGE.ratio * usualRisk(usual));
}

/** Whether there were blocks enough to say what is usual. */
export function isUsualKnown(usual: readonly PooledCounts[]): boolean {
  return usual.length >= USUAL.leastBlocks && total(usual).requests >= USUAL.leastRequests;
}

/** The blocks with one more that was amid no outage. */
export function addUsual(
  usual: readonly PooledCounts[],
  { requests, failures }: PooledCounts,
): readonly PooledCounts[] {
  return [...usual, { requests, failures }].slice(-USUAL.blocks);
}

/** Of the quieter half of the requests: an outage that nobody has recognised does not raise it before it is the most. */
function usualRisk(usual: readonly PooledCounts[]): number {
  const half = total(usual).requests / 2;
  const quiet = { requests: 0, failures: 0 };
  for (const { requests, failures } of usual.toSorted((one, other) => riskOf(one) - riskOf(other))) {
    if (quiet.requests >= half) break;
    quiet.requests += requests;
    quiet.failures += failures;
  }
  return riskOf(quiet);
}

function riskOf({ requests, failures }: PooledCounts): number {
  return failures / requests;
}

function total(counts: readonly PooledCounts[]): PooledCounts {
  return counts.reduce(
    (sum, { requests, failures }) => ({
      requests: sum.requests + requests,
      failures: sum.failures + failures,
    }),
    { requests: 0, failures: 0 },
  );
}
