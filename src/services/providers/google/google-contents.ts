import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { mergeTurns, spokenTurns, type Turn } from '../../chat/merge-turns.ts';
import { invalidValue, isUnset, unsupported } from '../../chat/request-fields.ts';
import { PROVIDER, signatureOf, toCallParts, toParts } from './google-parts.ts';

/** A chat's messages as Gemini takes them: instructions apart, and turns that alternate. */
export interface GoogleContents {
  readonly systemInstruction: JsonObject | undefined;
  readonly contents: readonly JsonObject[];
}

/** The results of a turn's calls are the user's to Gemini, and stand apart from what the user says. */
type Speaker = 'user' | 'model' | 'tools';

type ContentTurn = Turn<Speaker, JsonObject>;

/** Names of the functions that were called so far, by the call's id. */
type CalledNames = Map<JsonValue | undefined, JsonValue>;

/**
 * Translates a chat's messages. Instructions are gathered wherever they stand; turns of one speaker that follow each
 * other, such as the results of parallel calls, become one. Gemini knows no names of speakers.
 * @throws GatewayError naming the message that cannot be translated
 */
export function toGoogleContents(messages: readonly JsonValue[]): GoogleContents {
  const instructions: JsonObject[] = [];
  const turns: ContentTurn[] = [];
  const names: CalledNames = new Map();
  messages.forEach((message, index) => {
    const param = `messages[${index}]`;
    if (!isJsonObject(message)) throw invalidValue(param, 'must be an object');
    if (message.role === 'system' || message.role === 'developer') {
      instructions.push(...saying(toParts(message.content, `${param}.content`)));
    } else {
      turns.push(toTurn(message, param, names));
    }
  });
  return arrange(instructions, mergeTurns(spokenTurns(turns)));
}

/** Gemini answers to a user only: instructions that nobody says anything to are said by one. */
function arrange(instructions: readonly JsonObject[], turns: readonly ContentTurn[]): GoogleContents {
  if (turns.length === 0 && instructions.length > 0) {
    return { systemInstruction: undefined, contents: [{ role: 'user', parts: instructions }] };
  }
  return {
    systemInstruction: instructions.length > 0 ? { parts: instructions } : undefined,
    contents: turns.map(({ speaker, parts }) => ({ role: speaker === 'model' ? 'model' : 'user', parts })),
  };
}

function toTurn(message: JsonObject, param: string, names: CalledNames): ContentTurn {
  switch (message.role) {
    case 'user':
      return { speaker: 'user', parts: saying(toParts(message.content, `${param}.content`)) };
    case 'assistant':
      return { speaker: 'model', parts: toModelParts(message, param, names) };
    case 'tool':
      return { speaker: 'tools', parts: [toResultPart(message, param, names)] };
    default:
      throw unsupported(`${param}.role`, PROVIDER, 'Roles are system, developer, user, assistant and tool.');
  }
}

/** The parts without texts that are empty. */
function saying(parts: readonly JsonObject[]): JsonObject[] {
  return parts.filter(({ text }) => text !== '');
}

function toModelParts(message: JsonObject, param: string, names: CalledNames): readonly JsonObject[] {
  if (!isUnset(message.function_call)) {
    throw unsupported(`${param}.function_call`, PROVIDER, 'Use tool_calls.');
  }
  if (!isUnset(message.audio)) throw unsupported(`${param}.audio`, PROVIDER, 'It keeps no answers.');
  noteNames(message.tool_calls, names);
  const { content, refusal } = message;
  const said = [
    ...saying(toParts(content, `${param}.content`)),
    ...(isUnset(refusal) ? [] : [{ text: refusal }]),
  ];
  return [...signed(message, said), ...toCallParts(message.tool_calls, `${param}.tool_calls`, withId)];
}

/** By the id Gemini tells the results of several calls of one function apart, in whatever order they come. */
function withId(id: JsonValue | undefined, named: JsonObject): JsonObject {
  return isUnset(id) ? named : { id, ...named };
}

function noteNames(calls: JsonValue | undefined, names: CalledNames): void {
  for (const call of Array.isArray(calls) ? calls : []) {
    if (isJsonObject(call) && isJsonObject(call.function) && !isUnset(call.function.name)) {
      names.set(call.id, call.function.name);
    }
  }
}

/** What was thought is Gemini's own again where its signature has come back with it, and noise to it otherwise. */
function signed(message: JsonObject, said: readonly JsonObject[]): readonly JsonObject[] {
  const signature = signatureOf(message);
  if (isUnset(signature)) return said;
  const { reasoning_content: text } = message;
  const thoughts = typeof text === 'string' && text !== '' ? [{ text, thought: true }] : [];
  const last = said.at(-1) ?? { text: '' };
  return [...thoughts, ...said.slice(0, -1), { ...last, thoughtSignature: signature }];
}

function toResultPart(message: JsonObject, param: string, names: CalledNames): JsonObject {
  const name = names.get(message.tool_call_id) ?? message.name;
  if (isUnset(name)) throw invalidValue(`${param}.tool_call_id`, 'must be the id of a call before it');
  const response = { output: resultText(message.content, `${param}.content`) };
  return { functionResponse: withId(message.tool_call_id, { name, response }) };
}

function resultText(content: JsonValue | undefined, param: string): string {
  const parts = toParts(content, param);
  const other = parts.findIndex(({ text }) => typeof text !== 'string');
  if (other !== -1) throw unsupported(`${param}[${other}].type`, PROVIDER, 'A tool’s result is text.');
  return parts.map(({ text }) => String(text)).join('');
}
