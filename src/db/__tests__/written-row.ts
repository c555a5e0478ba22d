import type { Knex } from 'knex';

/** Something that is written into a table by its repository. */
export interface WrittenRow {
  readonly table: string;
  /** Writes one row, at the one moment, and changes nothing of it at the other where it can be changed. */
  write(db: Knex, later: () => void): Promise<unknown>;
  /** What is to stand in which column. */
  readonly columns: Readonly<Record<string, unknown>>;
  /** What its repository gives back of it. */
  read(db: Knex): Promise<unknown>;
  readonly fields: unknown;
}

/** When rows are written, and when they are changed. */
export const WRITTEN_AT = 1_764_000_000_001;
export const CHANGED_AT = 1_764_000_000_002;

/** Stands for what is another text each time: an id that is made up, a secret that is sealed. */
export const MADE_UP = 'MADE UP';
