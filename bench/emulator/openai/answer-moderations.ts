import { z } from 'zod';
import type { DialectAnswer } from '../dialect.ts';
import { readDirective, requireWholeAnswer } from '../directive.ts';
import { idOf, type OpenaiCall, readJsonCall, withFault } from './openai-call.ts';
import { parseRequest } from './parse-request.ts';
import { jsonReply } from './reply.ts';

const CATEGORIES = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
];

/** A text with this word is found violent. */
const VIOLENT = 'axe';

const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: z.string() }) }),
]);
const requestSchema = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()).min(1), z.array(part).min(1)]),
});

type Input = z.infer<typeof requestSchema>['input'];

/** `POST /v1/moderations`. @throws Refusal */
export function answerModerations(call: OpenaiCall): DialectAnswer {
  const { model, input } = parseRequest(requestSchema, readJsonCall(call));
  const texts = textsOf(input).map(readDirective);
  const directive = texts.findLast((text) => text.directive !== undefined)?.directive;
  if (directive !== undefined) requireWholeAnswer(directive);
  return withFault(call, model, directive, () => {
    const results = texts.map(({ rest }) => resultOf(rest));
    return jsonReply(call.requestId, { id: idOf('modr-', call), model, results });
  });
}

/** Texts are judged one by one, the parts of one message together. */
function textsOf(input: Input): string[] {
  if (typeof input === 'string') return [input];
  const parts = input.flatMap((each) => (typeof each === 'string' ? [] : [each]));
  if (parts.length === 0) return input.map(String);
  return [parts.flatMap((each) => (each.type === 'text' ? [each.text] : [])).join('\n')];
}

function resultOf(text: string): object {
  const isViolent = text.includes(VIOLENT);
  const isFound = (category: string) => isViolent && category === 'violence';
  const table = <T>(value: (category: string) => T) =>
    Object.fromEntries(CATEGORIES.map((category) => [category, value(category)]));
  return {
    flagged: isViolent,
    categories: table(isFound),
    category_scores: table((category) => (isFound(category) ? 0.93 : 0.0001)),
    category_applied_input_types: table((category) => (isFound(category) ? ['text'] : [])),
  };
}
