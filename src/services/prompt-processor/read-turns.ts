import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Endpoint } from '../../core/provider-call.ts';

/** Who speaks: the operator or application, the user, the model, or a tool that the model called. */
type TurnRole = 'system' | 'user' | 'assistant' | 'tool';

/** One message of a conversation, or what stands for one in `input`. */
export interface Turn {
  readonly role: TurnRole;
  /** Its texts, a line break between two of them; empty where it has none, such as a picture or a call of a tool. */
  readonly text: string;
  /** Its place in `messages` or `input`. */
  readonly index: number;
}

/** A part of a message that is text. */
export type TextPart = JsonObject & { readonly text: string };

const TEXT_TYPES: readonly unknown[] = [undefined, 'text', 'input_text', 'output_text'];
/** Parts that come without a message around them belong to the turn of the text beside them. */
const BARE_MEDIA: readonly unknown[] = ['input_image', 'input_file', 'input_audio', 'image_url'];

/**
 * The field of a request that has its conversation.
 * @returns undefined for an endpoint that has no conversation
 */
export function turnsField(endpoint: Endpoint): 'messages' | 'input' | undefined {
  if (endpoint === 'chat.completions' || endpoint === 'messages') return 'messages';
  return endpoint === 'responses' ? 'input' : undefined;
}

/**
 * A request's conversation in its order. Instructions that stand beside it (`system`, `instructions`) are no turn
 * of it, and neither is what cannot be read as a message.
 * @returns none for an endpoint that has no conversation
 */
export function readTurns(endpoint: Endpoint, body: JsonObject): readonly Turn[] {
  const field = turnsField(endpoint);
  const items = field === undefined ? undefined : body[field];
  if (typeof items === 'string') return [{ role: 'user', text: items, index: 0 }];
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: JsonValue, index): Turn[] => {
    const role = roleOf(item);
    return role === undefined ? [] : [{ role, text: textOf(item), index }];
  });
}

/** Whether a part of a message's content is text. */
export function isTextPart(part: unknown): part is TextPart {
  return isJsonObject(part) && typeof part.text === 'string' && TEXT_TYPES.includes(part.type);
}

/** Whether a part is a tool's result, as Anthropic has them in messages of the user. */
export function isToolResult(part: unknown): part is JsonObject {
  return isJsonObject(part) && part.type === 'tool_result';
}

function roleOf(item: JsonValue): TurnRole | undefined {
  if (typeof item === 'string') return 'user';
  if (!isJsonObject(item)) return undefined;
  switch (item.role) {
    case undefined:
      return roleOfItem(item);
    case 'system':
    case 'developer':
      return 'system';
    case 'user':
      return hasToolResultsOnly(item.content) ? 'tool' : 'user';
    case 'tool':
    case 'function':
      return 'tool';
    default:
      return 'assistant';
  }
}

/** Of an item of `input` without a role: clients leave it out where they mean the user. */
function roleOfItem({ type, content, text }: JsonObject): TurnRole | undefined {
  if (BARE_MEDIA.includes(type)) return undefined;
  if (type === 'message' || (type === undefined && content !== undefined)) return 'user';
  if (typeof text === 'string' && TEXT_TYPES.includes(type)) return 'user';
  if (typeof type !== 'string') return undefined;
  return type.endsWith('_output') ? 'tool' : 'assistant';
}

function hasToolResultsOnly(content: JsonValue | undefined): boolean {
  return Array.isArray(content) && content.length > 0 && content.every(isToolResult);
}

function textOf(item: JsonValue): string {
  if (!isJsonObject(item)) return typeof item === 'string' ? item : '';
  const { content = item.output } = item;
  if (content === undefined) return isTextPart(item) ? item.text : '';
  return hasToolResultsOnly(content) ? textOfResults(content) : textOfContent(content);
}

function textOfContent(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .filter(isTextPart)
    .map(({ text }) => text)
    .join('\n');
}

function textOfResults(content: JsonValue): string {
  if (!Array.isArray(content)) return '';
  return content
    .filter(isToolResult)
    .map((result) => textOfContent(result.content))
    .filter((text) => text !== '')
    .join('\n');
}
