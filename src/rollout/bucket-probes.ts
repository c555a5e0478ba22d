/**
 * Ids of which each falls into another of the rollout flag's hundred buckets, the first into bucket 1: how many of
 * them a flag enrols is its percentage, exactly, whatever its definition says. They are found by hashing `probe-0`,
 * `probe-1` and so on with the flag's name as groupId; a test holds them to the evaluator.
 */
export const BUCKET_PROBES: readonly string[] = [
  55, 171, 194, 187, 334, 13, 11, 198, 185, 14, 24, 61, 52, 48, 23, 37, 32, 25, 27, 188, 64, 251, 28, 36, 88,
  285, 68, 40, 12, 97, 168, 18, 20, 86, 7, 43, 123, 39, 15, 2, 164, 1, 3, 121, 44, 51, 199, 4, 104, 503, 89,
  9, 77, 132, 45, 282, 102, 17, 131, 0, 90, 49, 19, 417, 126, 354, 400, 16, 99, 128, 80, 70, 33, 269, 267, 87,
  82, 320, 134, 358, 96, 65, 206, 493, 54, 42, 6, 226, 149, 186, 271, 158, 21, 209, 214, 8, 30, 247, 311, 63,
].map((number) => `probe-${number}`);
