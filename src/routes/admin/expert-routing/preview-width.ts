import { z } from 'zod';
import { readSystemConfig, writeSystemConfig } from '../../../db/system-config-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { doneResponse } from '../common-schemas.ts';
import { makeChange } from '../make-change.ts';
import { EXPERT_ROUTING_PATH } from './expert-routing-kind.ts';

const PATH = `${EXPERT_ROUTING_PATH}/preferences/preview-width`;
/** The source system's name. */
const SETTING = 'expert_routing_preview_width';
const DEFAULT_WIDTH = 600;

/** Pixels; whoever drags the border need not hit a whole one. */
const widthField = z.number().min(400).max(1200);
const storedWidth = z.coerce.number().pipe(widthField).catch(DEFAULT_WIDTH);

/** How wide the page of expert routing has its preview, for all accounts of the installation. */
export function previewWidthOperations(deps: AdminDependencies): readonly AdminOperation[] {
  const { db } = deps;
  return [
    defineOperation({
      methods: ['get'],
      path: PATH,
      role: 'viewer',
      summary: 'How wide the preview of expert routing is, in pixels',
      input: {},
      response: z.object({ width: widthField }),
      handle: async () => ({ width: storedWidth.parse(await readSystemConfig(db, SETTING)) }),
    }),
    defineOperation({
      methods: ['post'],
      path: PATH,
      role: 'operator',
      summary: 'Set how wide the preview of expert routing is, in pixels',
      input: { body: z.strictObject({ width: widthField }) },
      response: doneResponse,
      handle: ({ body: { width } }, actor) =>
        makeChange(deps, actor, async (transaction) => {
          const before = { width: storedWidth.parse(await readSystemConfig(transaction, SETTING)) };
          await writeSystemConfig(transaction, SETTING, String(width));
          const entry = {
            action: 'update',
            entity: 'preference',
            entityId: SETTING,
            before,
            after: { width },
          };
          return { entries: [entry], result: { success: true as const } };
        }),
    }),
  ];
}
