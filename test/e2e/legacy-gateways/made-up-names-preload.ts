/** Loaded into a Portkey process before anything else: `MADE_UP_NAMES` has its names, as JSON. */
import { z } from 'zod';
import { resolveMadeUpNames } from '../../support/made-up-names.ts';

const names = z.record(z.string(), z.array(z.string()));
resolveMadeUpNames(new Map(Object.entries(names.parse(JSON.parse(process.env.MADE_UP_NAMES ?? '{}')))));
