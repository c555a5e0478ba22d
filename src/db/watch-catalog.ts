import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Logger } from '../core/logger.ts';
import { createRareWarning } from '../core/rare-warning.ts';
import { readSystemConfig, writeSystemConfig } from './system-config-repository.ts';

const VERSION_KEY = 'catalog_version';
/** A change has to be everywhere within a second. */
const POLL_MS = 500;

/**
 * Says in the database that keys, models or providers have changed, for every process to read them anew. Call it in
 * the transaction of the change: a version is made up and not counted, so that of two at the same time none is lost.
 */
export async function bumpCatalogVersion(db: Knex): Promise<void> {
  await writeSystemConfig(db, VERSION_KEY, randomUUID());
}

/**
 * Makes a transaction the only one that changes the catalog, in any process, until it ends. Call it before the first
 * read: SQLite fails a transaction that wants to write after another has changed what it read.
 */
export async function lockCatalog(transaction: Knex.Transaction): Promise<void> {
  // What nobody has changed yet has no row that could be locked. To ignore it where it is there takes a lock on MySQL that
  // others may have as well, and two of them wait for each other.
  const first = { key: VERSION_KEY, value: '', updated_at: Date.now() };
  await transaction('system_config').insert(first).onConflict('key').merge(['key']);
  await transaction('system_config')
    .where({ key: VERSION_KEY })
    .update({ value: transaction.ref('value') });
}

/** Reads the catalog anew whenever any process has changed it. */
export interface CatalogWatch {
  /** Reads it for the first time, and begins to look for changes. */
  start(): Promise<void>;
  /** Looks now: for the process that has made a change. */
  check(): Promise<void>;
  /** Ends the looking, and waits for what is being read. */
  stop(): Promise<void>;
}

/** @param load reads the catalog and puts it in place, or rejects and leaves the old one */
export function watchCatalog(db: Knex, load: () => Promise<void>, logger: Logger): CatalogWatch {
  const warn = createRareWarning(logger, 'the catalog cannot be read: the one before stays', Date.now);
  let known: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let checking: Promise<void> | undefined;

  async function compare(): Promise<void> {
    // Read before the content: what changes in between is read twice, and not missed.
    const version = (await readSystemConfig(db, VERSION_KEY)) ?? '';
    if (version === known) return;
    await load();
    known = version;
  }

  /** One at a time: an older content must not replace a newer one. What runs may have looked before the change. */
  const check = async () => {
    while (checking !== undefined) await checking.catch(() => {});
    checking = compare().finally(() => {
      checking = undefined;
    });
    await checking;
  };
  const look = () => {
    if (checking === undefined) check().catch(warn);
  };
  return {
    async start() {
      await check();
      timer = setInterval(look, POLL_MS);
      timer.unref();
    },
    check,
    async stop() {
      clearInterval(timer);
      await checking?.catch(() => {});
    },
  };
}
