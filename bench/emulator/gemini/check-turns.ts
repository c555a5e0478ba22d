import { type GeminiRefusal, invalidArgument } from './gemini-refusal.ts';
import { type Content, countParts } from './generate-request.ts';
import { isGemini3 } from './model-generation.ts';

const ROLES: ReadonlySet<string> = new Set(['', 'user', 'model', 'function']);

/**
 * Checks what turns owe each other: that each turn of calls is answered by as many responses, and that a model which
 * signs its calls gets the signatures back.
 *
 * @throws GeminiRefusal 400 in the provider's words
 */
export function checkTurns(contents: readonly Content[], model: string): void {
  for (const [index, content] of contents.entries()) {
    if (!ROLES.has(content.role ?? '')) throw invalidArgument('Please use a valid role: user, model.');
    checkCalls(content, contents[index - 1], contents[index + 1], model);
  }
  if (isGemini3(model)) checkSignatures(contents);
}

function checkCalls(
  content: Content,
  previous: Content | undefined,
  next: Content | undefined,
  model: string,
): void {
  const calls = countParts(content, 'functionCall');
  if (countParts(content, 'functionResponse') > 0 && countParts(previous, 'functionCall') === 0) {
    throw outOfOrder('function response turn comes immediately after a function call turn.');
  }
  if (calls === 0) return;
  if (previous === undefined || previous.role === 'model') {
    throw outOfOrder(
      'function call turn comes immediately after a user turn or after a function response turn.',
    );
  }
  const responses = countParts(next, 'functionResponse');
  // The second generation lets the user speak in the place of an answer; recorded of gemini-2.0-flash.
  if (responses === 0 && next !== undefined && model.startsWith('gemini-2.0')) return;
  if (responses !== calls) {
    throw outOfOrder(
      'the number of function response parts is equal to the number of function call parts of the function call turn.',
    );
  }
}

function outOfOrder(what: string): GeminiRefusal {
  return invalidArgument(`Please ensure that ${what}`);
}

/** Looked at are the calls since the user last spoke; of parallel ones the first alone is signed. */
function checkSignatures(contents: readonly Content[]): void {
  const spoken = contents.findLastIndex(
    (content) => content.role !== 'model' && countParts(content, 'functionResponse') === 0,
  );
  for (const [index, content] of contents.entries()) {
    const first = index > spoken ? content.parts?.find((part) => part.functionCall !== undefined) : undefined;
    if (first === undefined || first.thoughtSignature) continue;
    const name = first.functionCall?.name ?? '';
    throw invalidArgument(
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position ${index + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
    );
  }
}
