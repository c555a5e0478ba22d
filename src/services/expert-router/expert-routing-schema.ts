import { z } from 'zod';
import { checkTemplate } from './classifier-template.ts';

const name = z.string().min(1).max(255);

const classifierSchema = z.strictObject({
  /** A real or a virtual model; not one that is itself routed to experts. */
  model: name,
  prompt_template: z.string().superRefine((template, context) => {
    const fault = checkTemplate(template);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  }),
  /** 0 leaves it out of the call. */
  max_tokens: z.int().min(0).default(512),
  /** null leaves it out of the call: reasoning models refuse any. */
  temperature: z.number().min(0).max(2).nullable().default(0),
  /** Milliseconds for the whole classification. */
  timeout: z.int().min(1).max(3_600_000).default(10_000),
  /** How many messages the classifier sees at most, the one that is classified among them; 0 sets no limit. */
  max_messages_to_classify: z.int().min(0).default(0),
  ignore_system_messages: z.boolean().default(false),
  /** Names of tags, without brackets, that are cut out of messages with all that is in them. */
  ignored_tags: z.array(z.string().regex(/^[\p{L}\p{N}_:-]+$/u, 'is not the name of a tag')).default([]),
  enable_structured_output: z.boolean().default(false),
});

const expertSchema = z.strictObject({
  id: name,
  category: z.string().trim().min(1).max(255),
  /** A real or a virtual model. */
  model: name,
  description: z.string().optional(),
  /** For the admin's pages. */
  color: z.string().optional(),
});

const expertsSchema = z
  .array(expertSchema)
  .min(1)
  .superRefine((experts, context) => {
    refuseRepeats(
      experts.map(({ id }) => id),
      'id',
      context,
    );
    refuseRepeats(
      experts.map(({ category }) => category.toLowerCase()),
      'category',
      context,
    );
  });

/** How a virtual model sends requests to experts, as the configuration has it. */
export const expertRoutingSchema = z.strictObject({
  classifier: classifierSchema,
  experts: expertsSchema,
  /** Takes what no expert does, and every request that could not be classified. */
  fallback: z.strictObject({ model: name }).optional(),
});

/** A checked configuration of expert routing. */
export type ExpertRouting = z.infer<typeof expertRoutingSchema>;

/** How requests are classified; times in milliseconds. */
export type Classifier = ExpertRouting['classifier'];

/** A model with the category of requests that it is for. */
export type Expert = ExpertRouting['experts'][number];

function refuseRepeats(values: readonly string[], field: string, context: z.RefinementCtx): void {
  values.forEach((value, index) => {
    if (values.indexOf(value) === index) return;
    context.addIssue({ code: 'custom', path: [index, field], message: `"${value}" stands twice` });
  });
}
