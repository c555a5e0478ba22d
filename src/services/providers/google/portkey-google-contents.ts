import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { mergeTurns, type Turn } from '../../chat/merge-turns.ts';
import { invalidValue } from '../../chat/request-fields.ts';
import type { GoogleContents } from './google-contents.ts';
import { toCallParts, toParts } from './google-parts.ts';

/** What Portkey calls the function of a result whose message has no name. */
const UNNAMED_FUNCTION = 'gateway-tool-filler-name';

/**
 * A chat's messages as Portkey translates them, apart from what it loses on the way (quirk
 * `google.lost_messages`): instructions but the first text of the first message, what an assistant says beside its
 * calls, and parts that are no text, image or audio.
 * @throws GatewayError naming the message that cannot be translated
 */
export function toPortkeyContents(messages: readonly JsonValue[]): GoogleContents {
  const instructions: JsonObject[] = [];
  const turns: Turn<JsonValue | undefined, JsonObject>[] = [];
  messages.forEach((message, index) => {
    const param = `messages[${index}]`;
    if (!isJsonObject(message)) throw invalidValue(param, 'must be an object');
    if (message.role === 'system' || message.role === 'developer') {
      instructions.push(...toParts(message.content, `${param}.content`));
    } else {
      turns.push({ speaker: toRole(message.role), parts: partsOf(message, param) });
    }
  });
  return {
    systemInstruction: instructions.length > 0 ? { parts: instructions, role: 'system' } : undefined,
    contents: mergeTurns(turns).map(({ speaker, parts }) => ({ role: speaker, parts })),
  };
}

function toRole(role: JsonValue | undefined): JsonValue | undefined {
  if (role === 'assistant') return 'model';
  return role === 'tool' ? 'function' : role;
}

function partsOf(message: JsonObject, param: string): readonly JsonObject[] {
  if (message.role === 'tool') return [toResultPart(message)];
  const said = toParts(message.content, `${param}.content`);
  if (message.role !== 'assistant' || !Array.isArray(message.tool_calls)) return said;
  const calls = toCallParts(message.tool_calls, `${param}.tool_calls`, (_id, named) => named);
  return [...(calls.length > 0 ? said.filter(({ text }) => text !== '') : said), ...calls];
}

function toResultPart({ name, content }: JsonObject): JsonObject {
  return { functionResponse: { name: name ?? UNNAMED_FUNCTION, response: { output: content ?? '' } } };
}
