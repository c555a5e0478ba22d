/** How close a bound comes to its exact value. */
const PRECISION = 1e-10;

/**
 * The most that a risk may be, where so many of so many requests went bad: the one-sided upper bound of Clopper and
 * Pearson (1934). It is wrong with a chance of alpha at most, for one look that was planned beforehand.
 * @returns a share from 0 to 1; 1 where there was no request
 */
export function upperBound(bad: number, requests: number, alpha: number): number {
  if (requests <= 0 || bad >= requests) return 1;
  let [low, high] = [bad / requests, 1];
  while (high - low > PRECISION) {
    const middle = (low + high) / 2;
    if (atMost(bad, requests, middle) > alpha) low = middle;
    else high = middle;
  }
  return high;
}

/** Chance that at most so many of the requests go bad at this risk, above 0 and below 1. */
function atMost(bad: number, requests: number, risk: number): number {
  const [logRisk, logRest] = [Math.log(risk), Math.log1p(-risk)];
  let logChoices = 0;
  let chance = 0;
  for (let count = 0; count <= bad; count += 1) {
    if (count > 0) logChoices += Math.log(requests - count + 1) - Math.log(count);
    chance += Math.exp(logChoices + count * logRisk + (requests - count) * logRest);
  }
  return Math.min(1, chance);
}
