import { z } from 'zod';
import { readSystemSettings, writeSystemSettings } from '../../../db/system-settings-repository.ts';
import { checkListUrl } from '../../../services/model-presets/check-list-url.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { makeChange } from '../make-change.ts';

/** They are stored separated by commas. */
const userAgents = z
  .array(
    z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^[^,]*$/, 'has a comma'),
  )
  .max(500);

const antiBot = z.strictObject({
  enabled: z.boolean(),
  blockBots: z.boolean(),
  blockSuspicious: z.boolean(),
  logOnly: z.boolean(),
  allowedUserAgents: userAgents,
  blockedUserAgents: userAgents,
});

const settings = z.strictObject({
  allowRegistration: z.boolean(),
  corsEnabled: z.boolean(),
  /** Empty where nothing is set. */
  publicUrl: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
  litellmCompatEnabled: z.boolean(),
  /** How many days the request log keeps what was asked and answered; 0 for not at all. */
  requestBodyDays: z.int().min(0).max(3650),
  /** Where the list of prices is fetched from, and whether it is every day. */
  modelPresetsUrl: z.url({ protocol: /^https?$/ }).max(2000),
  modelPresetsAutoUpdate: z.boolean(),
  antiBot,
});

const settingsChange = settings.extend({ antiBot: antiBot.partial() }).partial();

/** `/api/admin/config/system-settings`, and what of it anybody may see before logging in. */
export function systemSettingsOperations(deps: AdminDependencies): readonly AdminOperation[] {
  const { db } = deps;
  const path = '/admin/config/system-settings';
  const toView = async () => {
    const { antiBot: stored, ...rest } = await readSystemSettings(db);
    const { allowedUserAgents, blockedUserAgents } = stored;
    const lists = { allowedUserAgents: [...allowedUserAgents], blockedUserAgents: [...blockedUserAgents] };
    return { ...rest, antiBot: { ...stored, ...lists } };
  };
  return [
    defineOperation({
      methods: ['get'],
      path: '/public/system-settings',
      role: 'none',
      summary: 'What a page needs to know before a login',
      input: {},
      response: z.object({ allowRegistration: z.boolean(), corsEnabled: z.boolean() }),
      async handle() {
        const { allowRegistration, corsEnabled } = await readSystemSettings(db);
        return { allowRegistration, corsEnabled };
      },
    }),
    defineOperation({
      methods: ['get'],
      path,
      role: 'viewer',
      summary: 'The settings of the installation',
      input: {},
      response: settings,
      handle: toView,
    }),
    defineOperation({
      methods: ['post', 'put', 'patch'],
      path,
      role: 'admin',
      summary: 'Change the named settings',
      input: { body: settingsChange },
      response: settings,
      async handle({ body }, actor) {
        if (body.modelPresetsUrl !== undefined) await checkListUrl(body.modelPresetsUrl, deps);
        await makeChange(deps, actor, async (transaction) => {
          const before = await readSystemSettings(transaction);
          await writeSystemSettings(transaction, body);
          const after = await readSystemSettings(transaction);
          const entry = { action: 'update', entity: 'system-settings', entityId: 'system', before, after };
          return { entries: [entry], result: undefined };
        });
        return toView();
      },
    }),
  ];
}
