import { type AnswerFacts, joinTexts, NO_FACTS, readErrorCode } from './answer-reading.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { readUsage } from './usage.ts';

/** The events that end a stream of OpenAI's newer endpoints, whose events are named by their `type`. */
const END_EVENTS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'transcript.text.done',
  'speech.audio.done',
  'image_generation.completed',
  'image_edit.completed',
]);

/** Reads the facts of one event of such a stream, or of the document that the endpoint answers without one. */
export function readTypedEvent(answer: unknown): AnswerFacts {
  if (!isJsonObject(answer)) return NO_FACTS;
  const { type } = answer;
  if (typeof type !== 'string') return readDocument(answer);
  if (type === 'error') return { ...NO_FACTS, errorCode: errorCodeOf(answer) };
  if (!END_EVENTS.has(type)) return { ...NO_FACTS, choices: [0], ...readDelta(type, answer) };
  const ended = isJsonObject(answer.response) ? readDocument(answer.response) : readDocument(answer);
  // Its text came in the events before.
  return { ...ended, texts: [], calls: 0, choices: [0], finishedChoices: [0], isEnd: true };
}

/** Audio and pictures come in pieces, too, whose encoding is no text. */
function readDelta(type: string, event: JsonObject): Pick<AnswerFacts, 'hasToken' | 'texts' | 'calls'> {
  const { delta, item } = event;
  if (type === 'response.output_item.added' && isJsonObject(item)) return { hasToken: false, ...begun(item) };
  const hasToken = type.endsWith('.delta');
  const isText = hasToken && typeof delta === 'string' && !type.includes('audio.delta');
  return { hasToken, texts: isText ? [delta] : [], calls: 0 };
}

/** Of a call the name is there when it begins. */
function begun({ name }: JsonObject): Pick<AnswerFacts, 'texts' | 'calls'> {
  return typeof name === 'string' ? { texts: [name], calls: 1 } : { texts: [], calls: 0 };
}

function readDocument(document: JsonObject): AnswerFacts {
  const items = Array.isArray(document.output) ? document.output.filter(isJsonObject) : [];
  return {
    ...NO_FACTS,
    finishReason: finishReasonOf(document),
    usage: readUsage(document.usage),
    responseId: document.object === 'response' && typeof document.id === 'string' ? document.id : undefined,
    errorCode: readErrorCode(document),
    hasToken: items.length > 0,
    texts: [items.map(itemText).join('')],
    calls: items.filter(({ name }) => typeof name === 'string').length,
  };
}

function itemText({ content, summary, name, arguments: json, input }: JsonObject): string {
  return joinTexts([...textsOf(content), ...textsOf(summary), name, json, input]);
}

function textsOf(parts: JsonObject[string]): readonly unknown[] {
  return Array.isArray(parts)
    ? parts.filter(isJsonObject).flatMap(({ text, refusal }) => [text, refusal])
    : [];
}

/** A response that is incomplete says why; any other status stands for itself. */
function finishReasonOf({ status, incomplete_details: details }: JsonObject): string | undefined {
  if (isJsonObject(details) && typeof details.reason === 'string') return details.reason;
  return typeof status === 'string' ? status : undefined;
}

function errorCodeOf(event: JsonObject): string {
  return readErrorCode(event) ?? (typeof event.code === 'string' ? event.code : 'upstream_error');
}
