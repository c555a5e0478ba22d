import type { JsonValue } from '../../core/json.ts';
import { isTextPart, isToolResult, type TextPart } from './read-turns.ts';

/** What makes a message's content another one. */
export type ContentEdit = (content: JsonValue | undefined) => JsonValue;

/**
 * Puts one text in the place of all texts of a content; its other parts stay, in their order.
 * @param textType the `type` of a text part, for a content of parts that has none yet
 */
export function replaceText(text: string, textType: string): ContentEdit {
  return (content) => {
    if (!Array.isArray(content)) return text;
    const texts = content.filter(isTextPart);
    const [first] = texts;
    if (first === undefined) return withFirstText(content, { type: textType, text });
    const replacement = { ...first, text, ...cacheControlOf(texts) };
    return content.flatMap((part: JsonValue) => {
      if (part === first) return [replacement];
      return isTextPart(part) ? [] : [part];
    });
  };
}

/**
 * Puts a text in front of a content's first text, a blank line between them; all parts stay.
 * @param textType the `type` of a text part, for a content of parts that has none yet
 */
export function prependText(text: string, textType: string): ContentEdit {
  return (content) => {
    if (typeof content === 'string') return inFront(text, content);
    if (!Array.isArray(content)) return text;
    const first = content.find(isTextPart);
    if (first === undefined) return withFirstText(content, { type: textType, text });
    const longer = { ...first, text: inFront(text, first.text) };
    return content.map((part: JsonValue) => (part === first ? longer : part));
  };
}

function inFront(text: string, rest: string): string {
  return rest === '' ? text : `${text}\n\n${rest}`;
}

/** The last mark counts: a provider caches everything up to it. */
function cacheControlOf(parts: readonly TextPart[]): { readonly cache_control?: JsonValue } {
  const mark = parts.findLast((part) => part.cache_control !== undefined)?.cache_control;
  return mark === undefined ? {} : { cache_control: mark };
}

/** Anthropic refuses a message with anything in front of its tool results. */
function withFirstText(content: readonly JsonValue[], part: TextPart): readonly JsonValue[] {
  return content.toSpliced(content.findLastIndex(isToolResult) + 1, 0, part);
}
