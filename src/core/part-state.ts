/** How a part of the gateway is doing, for `/health/ready`. */
export interface PartState {
  readonly name: string;
  /** `stale`: it goes on with what it knew, since nothing confirms it any more. */
  readonly status: 'starting' | 'up' | 'stale' | 'down' | 'stopped';
}
