import { Cron } from 'croner';
import { z } from 'zod';
import { duration } from './duration.ts';

/** A time that comes again and again, in which nothing is promoted. Going back is never blocked. */
export const freezeWindow = z
  .strictObject({
    /** When it begins: minute, hour, day of the month, month, day of the week. */
    cron: z.string().max(100),
    duration,
    /** IANA name, such as `Europe/Berlin`. */
    timezone: z.string().max(100).default('UTC'),
    blocks: z.array(z.literal('promote')).min(1).default(['promote']),
  })
  .superRefine(({ cron, timezone }, context) => {
    if (!isTimeZone(timezone)) {
      context.addIssue({ code: 'custom', path: ['timezone'], message: 'is no time zone that is known here' });
    } else if (!isCron(cron, timezone)) {
      context.addIssue({ code: 'custom', path: ['cron'], message: 'is no cron expression of five fields' });
    }
  });

export type FreezeWindow = z.output<typeof freezeWindow>;

/** @param now epoch milliseconds */
export function isFrozen(windows: readonly FreezeWindow[], now: number): boolean {
  return windows.some(({ cron, timezone, duration: length }) => {
    // The first beginning of a window that would not be over yet.
    const begins = schedule(cron, timezone).nextRun(new Date(now - length));
    return begins !== null && begins.getTime() <= now;
  });
}

function schedule(cron: string, timezone: string): Cron {
  return new Cron(cron, { timezone, paused: true, mode: '5-part' });
}

function isTimeZone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

function isCron(cron: string, timezone: string): boolean {
  try {
    return schedule(cron, timezone).nextRun() !== null;
  } catch {
    return false;
  }
}
