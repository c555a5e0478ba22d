const USER_MARKER = /\{\{\s*user_prompt\s*\}\}/gi;
const ANY_MARKER = /\{\{\s*(user_prompt|conversation_context)\s*\}\}/gi;
/** A rule and a heading right above a marker: they frame what the marker stands for. */
const FRAME = /(?:^|\n)---[ \t]*\r?\n[^\r\n]*\r?\n$/;
const PROMPT_FRAME = '---\nLatest User Prompt:\n';

/** What a template's markers stand for. */
export interface ClassifierInput {
  readonly prompt: string;
  /** The conversation up to the prompt; empty where there is none. */
  readonly context: string;
}

/** A template filled in, as the two messages of the classifier's call. */
export interface FilledTemplate {
  /** The operator's instructions only; empty where the template begins with a marker. */
  readonly system: string;
  /** What clients said, and what the template has after it. */
  readonly user: string;
}

/**
 * Whether a template can be filled in.
 * @returns what is wrong with it; undefined where nothing is
 */
export function checkTemplate(template: string): string | undefined {
  if (template.replace(ANY_MARKER, '').trim() === '') return 'has no instructions';
  if ((template.match(USER_MARKER) ?? []).length > 1) return 'has {{USER_PROMPT}} more than once';
  return undefined;
}

/**
 * A template with its markers filled in: `{{USER_PROMPT}}` and `{{CONVERSATION_CONTEXT}}`, in either case. What a
 * template has no marker for follows at its end, the context before the prompt. What stands in front of the first
 * marker, and of its frame, is the system message: nothing that a client said comes into it.
 */
export function fillTemplate(template: string, input: ClassifierInput): FilledTemplate {
  const start = startOfInput(template);
  const asked = completed(template.slice(start).trim(), input.context !== '');
  return { system: template.slice(0, start).trim(), user: substituted(asked, input).trim() };
}

function startOfInput(template: string): number {
  const marker = template.search(ANY_MARKER);
  if (marker === -1) return template.length;
  const frame = template.slice(0, marker).search(FRAME);
  return frame === -1 ? marker : frame;
}

/** The part of a template that is for the input, with a marker for all of it. */
function completed(part: string, hasContext: boolean): string {
  const marked = markersOf(part);
  const asked = marked.has('user_prompt') ? part : withPrompt(part);
  if (!hasContext || marked.has('conversation_context')) return asked;
  return `{{conversation_context}}\n\n${asked.startsWith('---') ? asked : PROMPT_FRAME + asked}`;
}

function withPrompt(part: string): string {
  return part === '' ? '{{user_prompt}}' : `${part}\n\n${PROMPT_FRAME}{{user_prompt}}`;
}

function markersOf(part: string): ReadonlySet<string> {
  return new Set([...part.matchAll(ANY_MARKER)].map(([, marker = '']) => marker.toLowerCase()));
}

/** In one pass: a marker that a client wrote stays a text. */
function substituted(part: string, { prompt, context }: ClassifierInput): string {
  return part.replace(ANY_MARKER, (_, marker: string) =>
    marker.toLowerCase() === 'user_prompt' ? prompt : context,
  );
}
