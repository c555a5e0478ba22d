import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DialectAnswer, StreamEvent } from '../dialect.ts';
import { type Directive, readDirective, requireWholeAnswer } from '../directive.ts';
import { countWords } from '../words.ts';
import { checkbox, formFile, formInteger } from './form-values.ts';
import { type OpenaiCall, readFormCall, readJsonCall, withFault } from './openai-call.ts';
import { parseRequest } from './parse-request.ts';
import { badRequest } from './refusal.ts';
import { jsonReply, typedEvent, typedStreamReply } from './reply.ts';
import { streamError } from './status-error.ts';

const TOKENS_AN_IMAGE = 272;
/** Longer ones are refused. */
const MAX_PROMPT_LENGTH = 32_000;

const SIZES = ['auto', '256x256', '512x512', '1024x1024', '1536x1024', '1024x1536', '1792x1024', '1024x1792'];
const common = {
  model: z.string(),
  response_format: z.enum(['url', 'b64_json']).nullish(),
  size: z.enum(SIZES).nullish(),
  user: z.string().nullish(),
};
const painted = {
  background: z.enum(['transparent', 'opaque', 'auto']).nullish(),
  output_format: z.enum(['png', 'jpeg', 'webp']).nullish(),
  prompt: z.string().min(1).max(MAX_PROMPT_LENGTH),
  quality: z.enum(['auto', 'low', 'medium', 'high', 'standard', 'hd']).nullish(),
};
const generationSchema = z.strictObject({
  ...common,
  ...painted,
  moderation: z.enum(['low', 'auto']).nullish(),
  n: z.int().min(1).max(10).nullish(),
  output_compression: z.int().min(0).max(100).nullish(),
  partial_images: z.int().min(0).max(3).nullish(),
  stream: z.boolean().nullish(),
  style: z.enum(['vivid', 'natural']).nullish(),
});
const editSchema = z.strictObject({
  ...common,
  ...painted,
  image: formFile.optional(),
  'image[]': z.array(formFile).max(16).optional(),
  input_fidelity: z.enum(['low', 'high']).optional(),
  mask: formFile.optional(),
  n: formInteger(1, 10).optional(),
  output_compression: formInteger(0, 100).optional(),
  partial_images: formInteger(0, 3).optional(),
  stream: checkbox.optional(),
});
const variationSchema = z.strictObject({ ...common, image: formFile, n: formInteger(1, 10).optional() });

/** What the three endpoints have in common once a request is checked. */
interface ImageRequest {
  model: string;
  prompt?: string;
  n?: number | null | undefined;
  response_format?: 'url' | 'b64_json' | null | undefined;
  size?: string | null | undefined;
  quality?: string | null | undefined;
  background?: string | null | undefined;
  output_format?: string | null | undefined;
  stream?: boolean | null | undefined;
  partial_images?: number | null | undefined;
}

/** `POST /v1/images/generations`. @throws Refusal */
export function answerImageGenerations(call: OpenaiCall): DialectAnswer {
  return answer(call, parseRequest(generationSchema, readJsonCall(call)), 'image_generation');
}

/** `POST /v1/images/edits`, which takes a form. @throws Refusal */
export function answerImageEdits(call: OpenaiCall): DialectAnswer {
  const request = parseRequest(editSchema, readFormCall(call));
  if (request.image === undefined && request['image[]'] === undefined) {
    throw badRequest("Missing required parameter: 'image'.", 'image', 'missing_required_parameter');
  }
  return answer(call, request, 'image_edit');
}

/** `POST /v1/images/variations`, which takes a form without a prompt: the directive is in `user`. @throws Refusal */
export function answerImageVariations(call: OpenaiCall): DialectAnswer {
  const { user, ...request } = parseRequest(variationSchema, readFormCall(call));
  return answer(call, { ...request, prompt: user ?? '' }, 'image_variation');
}

function answer(call: OpenaiCall, request: ImageRequest, event: string): DialectAnswer {
  if (request.stream && request.response_format) {
    throw badRequest("Unknown parameter: 'response_format'.", 'response_format', 'unknown_parameter');
  }
  const { directive, rest } = readDirective(request.prompt ?? '');
  return withFault(call, request.model, directive, () => {
    if (request.stream) return streamImage(call, request, directive ?? {}, rest, event);
    requireWholeAnswer(directive ?? {});
    return jsonReply(call.requestId, imagesDocument(request, directive ?? {}, rest));
  });
}

/** Models that can be told of a response format state no usage; those that cannot answer in base64. */
function imagesDocument(request: ImageRequest, directive: Directive, prompt: string): object {
  const images = Array.from({ length: request.n ?? 1 }, (_, index) => pictureOf(prompt, index));
  const created = Math.floor(Date.now() / 1000);
  if (!request.response_format) {
    const data = images.map((b64_json) => ({ b64_json }));
    const usage = usageOf(prompt, images.length);
    return { created, ...lookOf(request), data, ...(directive.usage === false ? {} : { usage }) };
  }
  const data = images.map((b64_json, index) => ({
    revised_prompt: prompt,
    ...(request.response_format === 'url'
      ? { url: `https://images.emulator.example/${index}.png?of=${encodeURIComponent(prompt)}` }
      : { b64_json }),
  }));
  return { created, data };
}

function streamImage(
  call: OpenaiCall,
  request: ImageRequest,
  directive: Directive,
  prompt: string,
  event: string,
): DialectAnswer['reply'] {
  const fields = { created_at: Math.floor(Date.now() / 1000), ...lookOf(request) };
  const content: StreamEvent[] = Array.from({ length: request.partial_images ?? 0 }, (_, index) =>
    typedEvent({
      type: `${event}.partial_image`,
      ...fields,
      partial_image_index: index,
      b64_json: pictureOf(prompt, index + 1),
    }),
  );
  const usage = directive.usage === false ? {} : { usage: usageOf(prompt, 1) };
  const whole = typedEvent({
    type: `${event}.completed`,
    ...fields,
    b64_json: pictureOf(prompt, 0),
    ...usage,
  });
  return typedStreamReply(call.requestId, { content, closing: [whole] }, streamError(directive.errorMessage));
}

function lookOf({ background, output_format, quality, size }: ImageRequest): object {
  return {
    background: background ?? 'opaque',
    output_format: output_format ?? 'png',
    quality: quality ?? 'high',
    size: size ?? '1024x1024',
  };
}

function usageOf(prompt: string, images: number): object {
  const input = countWords(prompt);
  const output = images * TOKENS_AN_IMAGE;
  return {
    input_tokens: input,
    input_tokens_details: { image_tokens: 0, text_tokens: input },
    output_tokens: output,
    total_tokens: input + output,
  };
}

/** Not much of a picture, but the same for the same words. */
function pictureOf(prompt: string, index: number): string {
  return createHash('sha512').update(`${index} ${prompt}`).digest('base64');
}
