import { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import type { VirtualModelRecord } from '../../../db/virtual-model-records-repository.ts';
import type { NamedFields } from '../change-virtual-models.ts';
import { nameField, timeField } from '../common-schemas.ts';

const typeField = z.enum(['fallback', 'loadbalance']);

const target = z.strictObject({
  /** Name of a real or a virtual model. */
  model: nameField,
  /** Share among the targets of a `loadbalance`; 1 where nothing is set. */
  weight: z.number().min(0).max(1_000_000).optional(),
  /** Statuses at which the next target is asked. */
  on_status_codes: z.array(z.int().min(100).max(599)).min(1).optional(),
});

const config = z.strictObject({
  strategy: z.strictObject({ mode: typeField }).optional(),
  targets: z
    .array(target)
    .min(1)
    .max(100)
    .refine((targets) => targets.some(({ weight = 1 }) => weight > 0), 'has no target with a weight'),
});

const changeable = {
  name: nameField,
  description: z.string().max(10_000).nullable(),
  type: typeField,
  config,
  enabled: z.boolean(),
};

export const routingConfigChangeBody = z.strictObject(changeable).partial();

export const newRoutingConfigBody = routingConfigChangeBody.required({
  name: true,
  type: true,
  config: true,
});

/** The fields that a change names. */
export type RoutingConfigChange = z.output<typeof routingConfigChangeBody>;

const storedConfig = z.object({ strategy: z.object({ mode: typeField }), targets: z.array(target) });

/** A virtual model with targets, as the admin API shows it. */
export const routingConfigView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  type: typeField,
  config: storedConfig,
  enabled: z.boolean(),
  createdAt: timeField,
  updatedAt: timeField,
});

/** What a virtual model with targets looks like from outside. */
export function viewRoutingConfig(record: VirtualModelRecord): z.output<typeof routingConfigView> {
  const parsed = storedConfig.parse(record.config);
  return { ...record, type: parsed.strategy.mode, config: parsed };
}

/**
 * What is to be written, and the models that it names. The type stands in two places, which are kept the same.
 * @param stored the virtual model before; undefined for a new one
 * @throws GatewayError `invalid_body` where the request itself gives two types
 */
export function toStoredRouting<T extends RoutingConfigChange>(change: T, stored?: VirtualModelRecord) {
  const named = change.config?.strategy?.mode;
  if (named !== undefined && change.type !== undefined && named !== change.type) {
    throw new GatewayError('invalid_body', 'The type and the mode of the strategy are not the same.', {
      param: 'config.strategy.mode',
    });
  }
  const before = stored === undefined ? undefined : storedConfig.parse(stored.config);
  const type = change.type ?? named ?? before?.strategy.mode;
  const targets = change.config?.targets ?? before?.targets ?? [];
  const names: NamedFields = (change.config?.targets ?? []).map(({ model }, index) => ({
    param: `config.targets.${index}.model`,
    name: model,
  }));
  return { change: { ...change, type, config: { strategy: { mode: type }, targets } }, names };
}
