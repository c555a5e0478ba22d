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
  return { ...ended, text: '', choices: [0], finishedChoices: [0], isEnd: true };
}

/** Audio and pictures come in pieces, too, whose encoding is no text. */
function readDelta(type: string, { delta }: JsonObject): Pick<AnswerFacts, 'hasToken' | 'text'> {
  const hasToken = type.endsWith('.delta');
  const isText = hasToken && typeof delta === 'string' && !type.includes('audio.delta');
  return { hasToken, text: isText ? delta : '' };
}

function readDocument(document: JsonObject): AnswerFacts {
  return {
    ...NO_FACTS,
    finishReason: finishReasonOf(document),
    usage: readUsage(document.usage),
    errorCode: readErrorCode(document),
    hasToken: Array.isArray(document.output) && document.output.length > 0,
    text: outputText(document.output),
  };
}

function outputText(output: JsonObject[string]): string {
  const items = Array.isArray(output) ? output.filter(isJsonObject) : [];
  return items
    .map(({ content, summary, name, arguments: json }) =>
      joinTexts([...textsOf(content), ...textsOf(summary), name, json]),
    )
    .join('');
}

function textsOf(parts: JsonObject[string]): readonly unknown[] {
  return Array.isArray(parts) ? parts.filter(isJsonObject).map(({ text }) => text) : [];
}

/** A response that is incomplete says why; any other status stands for itself. */
function finishReasonOf({ status, incomplete_details: details }: JsonObject): string | undefined {
  if (isJsonObject(details) && typeof details.reason === 'string') return details.reason;
  return typeof status === 'string' ? status : undefined;
}

function errorCodeOf(event: JsonObject): string {
  return readErrorCode(event) ?? (typeof event.code === 'string' ? event.code : 'upstream_error');
}
