import { z } from 'zod';
import { parseGatewayFile } from '../../../config/gateway-file.ts';
import { ConfigurationError } from '../../../core/configuration-error.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import { applyGatewayFile } from '../../../db/apply-gateway-file.ts';
import { insertAuditEntries } from '../../../db/audit-log-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminActor, type AdminOperation, defineOperation } from '../admin-operation.ts';

const report = z.object({ createdKeys: z.array(z.object({ name: z.string(), key: z.string() })) });

/** `/api/admin/apply`: a whole configuration file, on a running gateway. */
export function applyOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [
    defineOperation({
      methods: ['post'],
      path: '/admin/apply',
      role: 'admin',
      summary: 'Bring the gateway to what a configuration file says; keys that are made are shown this once',
      input: { body: z.record(z.string(), z.unknown()) },
      response: report,
      handle: ({ body }, actor) => apply(body, deps, actor),
    }),
  ];
}

async function apply(
  document: Readonly<Record<string, unknown>>,
  deps: AdminDependencies,
  actor: AdminActor,
): Promise<z.output<typeof report>> {
  try {
    // Variables are the operator's own, and were put in where the file was read.
    const file = parseGatewayFile(document, 'file', {});
    const { createdKeys } = await applyGatewayFile(file, deps);
    const names = {
      providers: file.providers.map(({ id }) => id),
      models: file.models.map(({ name }) => name),
    };
    await insertAuditEntries(deps.db, [
      {
        actor: actor.name,
        action: 'apply',
        entity: 'gateway_file',
        entityId: 'file',
        before: undefined,
        after: names,
      },
    ]);
    await deps.catalogChanged();
    return { createdKeys: createdKeys.map(({ name, key }) => ({ name, key: key.reveal() })) };
  } catch (error) {
    if (error instanceof ConfigurationError)
      throw new GatewayError('invalid_body', error.message, { cause: error });
    throw error;
  }
}
