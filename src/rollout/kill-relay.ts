import { randomUUID } from 'node:crypto';
import type { Logger } from '../core/logger.ts';
import { createRareWarning } from '../core/rare-warning.ts';
import type { KillNote, KillSwitch } from './kill-switch.ts';

/** A kill has to be everywhere within a second. */
const POLL_MS = 500;

/** The last kill that was told to all processes, and whether it still holds. */
export interface SharedKill extends KillNote {
  readonly id: string;
  readonly isEngaged: boolean;
}

/** Where all processes of an installation look. */
export interface SharedKillStore {
  /** Undefined where there never was one. */
  read(): Promise<SharedKill | undefined>;
  write(kill: SharedKill): Promise<void>;
}

/**
 * Has a kill be engaged, and released, in every process, whether or not they share a data folder. Each engages a switch
 * of its own, so that the database may go away afterwards.
 */
export interface KillRelay {
  /** Engages here at once, then has all others know. @throws Error as the switch does */
  engage(note: KillNote): { readonly id: string; readonly told: Promise<void> };
  /**
   * Releases here, then has all others know. A switch that was laid by hand in another folder stays.
   * @throws Error as the switch does
   */
  release(note: KillNote): { readonly told: Promise<void> };
  /** Looks once, then again twice a second. */
  start(): Promise<void>;
  stop(): void;
}

/** Creates the relay; nothing is looked at before `start`. */
export function createKillRelay(deps: {
  readonly killSwitch: KillSwitch;
  readonly store: SharedKillStore;
  readonly logger: Logger;
}): KillRelay {
  const { killSwitch, store, logger } = deps;
  const warn = createRareWarning(logger, 'it is not known whether another process has killed', () =>
    performance.now(),
  );
  /** The kill that was last followed here. */
  let followed: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const follow = (kill: SharedKill) => {
    const name = `${kill.id} ${kill.isEngaged}`;
    if (name === followed) return;
    const { id, actor, reason } = kill;
    if (kill.isEngaged) {
      const own = killSwitch.engagedId();
      // What a person has laid there stays theirs to take away.
      const isByHand = killSwitch.isEngaged() && own === undefined;
      if (own !== id && !isByHand) killSwitch.engage({ id, actor, reason });
    } else if (killSwitch.engagedId() === id) {
      killSwitch.release({ id, actor, reason });
    }
    followed = name;
  };
  const look = async () => {
    try {
      const kill = await store.read();
      if (kill !== undefined && !isStopped) follow(kill);
    } catch (error) {
      warn(error);
    }
  };
  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(async () => {
      await look();
      schedule();
    }, POLL_MS);
    timer.unref();
  };

  return {
    engage(note) {
      const kill = { ...note, id: randomUUID(), isEngaged: true };
      followed = `${kill.id} true`;
      // The others are told although this one may fail to write its file.
      const told = Promise.resolve().then(() => store.write(kill));
      told.catch(() => {});
      killSwitch.engage({ id: kill.id, actor: kill.actor, reason: kill.reason });
      return { id: kill.id, told };
    },
    release(note) {
      const own = killSwitch.engagedId();
      killSwitch.release(note);
      const tell = async () => {
        const id = own ?? (await store.read())?.id;
        // Where nobody was ever told of a kill there is nothing to take back.
        if (id !== undefined) await store.write({ ...note, id, isEngaged: false });
      };
      const told = tell();
      told.catch(() => {});
      return { told };
    },
    async start() {
      await look();
      schedule();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
