import { z } from 'zod';
import type { StoredDecision } from '../../../db/expert-decisions-repository.ts';
import type { VirtualModelRecord } from '../../../db/virtual-model-records-repository.ts';
import { expertRoutingSchema } from '../../../services/expert-router/expert-routing-schema.ts';
import { NANO_DOLLARS } from '../../../services/limits/nano-dollars.ts';
import type { NamedFields } from '../change-virtual-models.ts';
import { nameField, timeField } from '../common-schemas.ts';

const changeable = {
  name: nameField,
  description: z.string().max(10_000).nullable(),
  config: expertRoutingSchema,
  enabled: z.boolean(),
};

export const expertRoutingChangeBody = z.strictObject(changeable).partial();

export const newExpertRoutingBody = expertRoutingChangeBody.required({ name: true, config: true });

/** A virtual model with experts, as the admin API shows it. */
export const expertRoutingView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  config: expertRoutingSchema,
  enabled: z.boolean(),
  createdAt: timeField,
  updatedAt: timeField,
});

/** What a virtual model with experts looks like from outside. */
export function viewExpertRouting(record: VirtualModelRecord): z.output<typeof expertRoutingView> {
  return { ...record, config: expertRoutingSchema.parse(record.config) };
}

/** What is to be written, and the models that it names. */
export function toStoredExperts<T extends z.output<typeof expertRoutingChangeBody>>(change: T) {
  const { config } = change;
  if (config === undefined) return { change, names: [] };
  const names: NamedFields = [
    { param: 'config.classifier.model', name: config.classifier.model },
    ...config.experts.map(({ model }, index) => ({ param: `config.experts.${index}.model`, name: model })),
    ...(config.fallback === undefined
      ? []
      : [{ param: 'config.fallback.model', name: config.fallback.model }]),
  ];
  return { change, names };
}

/** A logged decision. */
export const decisionView = z.object({
  id: z.string(),
  virtualKeyId: z.string().nullable(),
  expertRoutingId: z.string(),
  requestHash: z.string(),
  /** `matched`, `fallback` or `failed`. */
  outcome: z.string(),
  classifierModel: z.string().nullable(),
  classificationResult: z.string().nullable(),
  selectedExpertId: z.string().nullable(),
  selectedExpertName: z.string().nullable(),
  selectedModel: z.string().nullable(),
  fault: z.string().nullable(),
  /** Milliseconds. */
  classificationTime: z.number(),
  /** Of the classifier's own call, as `cost` is, in US dollars; null where its model has no price. */
  promptTokens: z.int(),
  completionTokens: z.int(),
  cost: z.number().nullable(),
  createdAt: timeField,
});

/** What a logged decision looks like from outside. */
export function viewDecision({ nanoDollars, ...fields }: StoredDecision): z.output<typeof decisionView> {
  return { ...fields, cost: nanoDollars === null ? null : nanoDollars / NANO_DOLLARS };
}

const counted = z.object({ count: z.int(), share: z.number() });

/** Decisions counted; shares are of all decisions. */
export const decisionStatistics = z.object({
  total: z.int(),
  /** Milliseconds; null where nothing was decided. */
  averageClassificationTime: z.number().nullable(),
  outcomes: z.array(counted.extend({ outcome: z.string() })),
  experts: z.array(counted.extend({ expertId: z.string(), category: z.string().nullable() })),
  faults: z.array(counted.extend({ fault: z.string() })),
});
