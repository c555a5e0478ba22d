import { hash } from 'node:crypto';

/**
 * Whether a request of an enrolled key takes the new path: a coin that falls the same way for the same request,
 * and independently for any two requests.
 * @param drawId made by the gateway; a client's own id would let retries stick to one arm
 * @param share 0 to 1
 */
export function drawsNewArm(drawId: string, salt: string, share: number): boolean {
  if (share >= 1) return true;
  if (share <= 0) return false;
  const digest = hash('sha1', `${salt}:${drawId}`, 'buffer');
  return digest.readUInt32BE(0) / 2 ** 32 < share;
}
