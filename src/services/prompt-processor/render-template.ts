/** What a rule's text can refer to. */
interface TemplateValues {
  /** The text of the last message of the user; empty where there is none. */
  readonly userPrompt: string;
  /** UTC, in milliseconds since 1970. */
  readonly now: number;
}

const VARIABLE = /\{\{\s*(user_prompt|date)\s*\}\}/g;

/**
 * A rule's text with `{{user_prompt}}` and `{{date}}` (UTC, YYYY-MM-DD) filled in. A value is never searched for
 * variables itself, and what is no variable stays as it is.
 */
export function renderTemplate(template: string, { userPrompt, now }: TemplateValues): string {
  return template.replace(VARIABLE, (_, variable: string) =>
    variable === 'date' ? new Date(now).toISOString().slice(0, 10) : userPrompt,
  );
}
