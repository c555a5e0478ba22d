import { createHmac } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';

/**
 * The signature by which a receiver knows that a delivery is ours, and when it was sent.
 * @param timestamp epoch milliseconds, as in its header
 * @param body as it is sent
 * @returns such as `v1=` and the HMAC-SHA256 of `TIMESTAMP.BODY` in hexadecimal
 */
export function signDelivery(secret: Secret, timestamp: number, body: string): string {
  return `v1=${createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex')}`;
}
