import type { Secret } from '../../core/secret.ts';

/** Unleash's project that the flags are in. */
export const FLAG_PROJECT = 'default';

/** An Unleash server, and how patiently it is asked. */
export interface FlagServer {
  /** Without the `/api` that both of its APIs begin with, and without a slash at the end. */
  readonly url: string;
  readonly environment: string;
  /** Of a client (also called backend) of the environment. */
  readonly apiToken: Secret;
  /** Of somebody who may change flags; undefined where only people do. */
  readonly adminToken: Secret | undefined;
  /** Milliseconds between two polls. */
  readonly pollMs: number;
  /** Milliseconds after which an unanswered request is given up; 1000 or more, as the library tries again after that. */
  readonly requestMs: number;
  /** Milliseconds within which a change must be in force, or it counts as failed. */
  readonly changeMs: number;
}
