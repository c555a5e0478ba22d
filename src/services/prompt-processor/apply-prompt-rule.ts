import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Endpoint } from '../../core/provider-call.ts';
import { type ContentEdit, prependText, replaceText } from './edit-content.ts';
import type { PromptRule } from './prompt-rule-schema.ts';
import { isTextPart, readTurns, type Turn, turnsField } from './read-turns.ts';
import { renderTemplate } from './render-template.ts';

/**
 * A request with its prompt as the operator's rule wants it: `replace` and `prepend` change the user's last
 * message, `system` the first system message or the instructions beside the conversation. Pictures and other parts
 * stay where they are.
 * @param now UTC, in milliseconds since 1970
 * @returns the body itself where the rule does not concern it; it is never changed in place
 */
export function applyPromptRule(
  rule: PromptRule,
  endpoint: Endpoint,
  body: JsonObject,
  now: number,
): JsonObject {
  if (!rule.enabled || turnsField(endpoint) === undefined) return body;
  const turns = readTurns(endpoint, body);
  if (rule.injectOnce && !isFirstRequest(body, turns)) return body;
  const asked = turns.findLast(({ role }) => role === 'user');
  const values = { userPrompt: asked?.text ?? '', now };
  if (rule.operationType === 'system') {
    return withSystemText(endpoint, body, turns, renderTemplate(rule.systemMessage, values));
  }
  if (asked === undefined) return body;
  const edit = rule.operationType === 'replace' ? replaceText : prependText;
  const text = renderTemplate(rule.templateContent, values);
  return withTurn(endpoint, body, asked, edit(text, textTypeOf(endpoint)));
}

/** Whether nothing but one message of the user was said. A stored history counts, unread: it is not empty. */
function isFirstRequest(body: JsonObject, turns: readonly Turn[]): boolean {
  if (isSet(body.previous_response_id) || isSet(body.conversation)) return false;
  const [first, ...more] = turns.filter(({ role }) => role !== 'system');
  return first?.role === 'user' && more.length === 0;
}

function withSystemText(
  endpoint: Endpoint,
  body: JsonObject,
  turns: readonly Turn[],
  text: string,
): JsonObject {
  if (endpoint === 'messages') return { ...body, system: replaceText(text, 'text')(body.system) };
  const hasInstructions = endpoint === 'responses' && isSet(body.instructions);
  const first = hasInstructions ? undefined : turns.find(({ role }) => role === 'system');
  if (first !== undefined) return withTurn(endpoint, body, first, replaceText(text, textTypeOf(endpoint)));
  if (endpoint === 'responses') return { ...body, instructions: text };
  return { ...body, messages: [{ role: 'system', content: text }, ...listOf(body.messages)] };
}

/** The body with one turn's content edited. */
function withTurn(endpoint: Endpoint, body: JsonObject, { index }: Turn, edit: ContentEdit): JsonObject {
  const field = turnsField(endpoint);
  if (field === undefined) return body;
  const items = body[field];
  if (typeof items === 'string') return { ...body, [field]: edit(items) };
  return { ...body, [field]: listOf(items).map((item, at) => (at === index ? editItem(item, edit) : item)) };
}

function editItem(item: JsonValue, edit: ContentEdit): JsonValue {
  if (!isJsonObject(item)) return edit(item);
  if (item.content === undefined && isTextPart(item)) return { ...item, text: edit(item.text) };
  return { ...item, content: edit(item.content) };
}

function textTypeOf(endpoint: Endpoint): string {
  return endpoint === 'responses' ? 'input_text' : 'text';
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function isSet(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}
