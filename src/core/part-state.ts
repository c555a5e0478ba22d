/** How a part of the gateway is doing, for `/health/ready`. */
export interface PartState {
  readonly name: string;
  readonly status: 'starting' | 'up' | 'down' | 'stopped';
}
