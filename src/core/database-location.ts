import type { Secret } from './secret.ts';

/** Where the data is: a file of this machine, or a server with its credentials. */
export type DatabaseLocation =
  | {
      readonly engine: 'sqlite';
      /** Absolute path. */
      readonly file: string;
    }
  | {
      readonly engine: 'postgres' | 'mysql';
      /** With the name of the database, and the password. */
      readonly url: Secret;
    };
