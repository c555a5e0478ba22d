import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue, isUnset, parseToolArguments, unsupported } from '../../chat/request-fields.ts';
import { audioPart, filePart, imagePart } from './google-media.ts';

/** How the provider is called in errors. */
export const PROVIDER = 'Gemini';

/**
 * A message's content as Gemini's parts; a text is one part, whatever it says, and no content is none.
 * @param param where it stands, for errors, such as `messages[0].content`
 * @throws GatewayError naming the part that cannot be translated
 */
export function toParts(content: JsonValue | undefined, param: string): readonly JsonObject[] {
  if (isUnset(content)) return [];
  if (typeof content === 'string') return [{ text: content }];
  if (!Array.isArray(content)) throw invalidValue(param, 'must be a string or a list of parts');
  return content.map((part, index) => toPart(part, `${param}[${index}]`));
}

function toPart(part: JsonValue, param: string): JsonObject {
  if (!isJsonObject(part)) throw invalidValue(param, 'must be an object');
  switch (part.type) {
    case 'text':
      return { text: part.text };
    case 'refusal':
      return { text: part.refusal };
    case 'image_url':
      return imagePart(part.image_url, `${param}.image_url`);
    case 'file':
      return filePart(part.file, `${param}.file`);
    case 'input_audio':
      return audioPart(part.input_audio, `${param}.input_audio`);
    default:
      throw unsupported(`${param}.type`, PROVIDER, 'Parts are text, image_url, input_audio and file.');
  }
}

type MakeCall = (id: JsonValue | undefined, named: JsonObject) => JsonObject;

/**
 * An assistant message's calls as parts, with the signatures that came with them.
 * @param toCall makes the `functionCall` of the call's id, its name and its arguments
 * @throws GatewayError naming the call that cannot be translated
 */
export function toCallParts(
  calls: JsonValue | undefined,
  param: string,
  toCall: MakeCall,
): readonly JsonObject[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((call, index) => toCallPart(call, `${param}[${index}]`, toCall));
}

function toCallPart(call: JsonValue, param: string, toCall: MakeCall): JsonObject {
  if (!isJsonObject(call) || !isJsonObject(call.function)) {
    throw unsupported(param, PROVIDER, 'It knows calls of functions alone.');
  }
  const { name, arguments: text, thought_signature } = call.function;
  // Clients whose language writes nothing as null have always been served: to Google it is no arguments.
  const args = parseToolArguments(text === 'null' ? undefined : text, `${param}.function.arguments`);
  const functionCall = toCall(call.id, { name, args });
  // `function.thought_signature` is where Portkey's clients may have it from.
  const signature = signatureOf(call) ?? thought_signature;
  return isUnset(signature) ? { functionCall } : { functionCall, thoughtSignature: signature };
}

/** The signature that a call or a message brings back, from where the gateway's answers have it. */
export function signatureOf({ extra_content: extra }: JsonObject): JsonValue | undefined {
  return isJsonObject(extra) && isJsonObject(extra.google) ? extra.google.thought_signature : undefined;
}
