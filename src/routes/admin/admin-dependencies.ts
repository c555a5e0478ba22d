import type { Knex } from 'knex';
import type { RequestPath } from '../../core/request-path.ts';
import type { AdminSessions } from '../../services/admin-sessions.ts';
import type { CredentialCipher } from '../../services/credential-cipher.ts';
import type { UpstreamTransport } from '../../services/upstream-transport.ts';
import type { VirtualKeyHasher } from '../../services/virtual-key-hasher.ts';

/** What the admin API works on. */
export interface AdminDependencies {
  readonly db: Knex;
  readonly cipher: CredentialCipher;
  readonly hashKey: VirtualKeyHasher;
  readonly sessions: AdminSessions;
  /** For the questions that the admin API asks providers itself. */
  readonly transport: UpstreamTransport;
  /** What a model's test is sent by. */
  readonly adapter: Pick<RequestPath, 'handle'>;
  readonly allowPrivateUpstreams: boolean;
  /** All IP addresses of a host's name. @throws Error where it has none */
  readonly resolveHost: (hostname: string) => Promise<readonly string[]>;
  /**
   * Is called after each change that is committed; the change is in force when it resolves. It never rejects: the
   * change is made by then, and an answer may show a key that nothing else ever shows.
   */
  readonly catalogChanged: () => Promise<void>;
}
