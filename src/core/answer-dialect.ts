import { type AnswerFacts, readAnswer } from './answer-reading.ts';
import { toErrorEvent } from './error-event.ts';
import type { ErrorBody } from './gateway-error.ts';
import { isJsonObject } from './json.ts';
import { readMessage } from './messages-reading.ts';
import type { Endpoint } from './provider-call.ts';
import { readTypedEvent } from './typed-event-reading.ts';

/** How the answers of one family of endpoints are read while they pass. */
export interface AnswerDialect {
  /** The facts of a document or of one event's data. Never throws: providers add and omit freely. */
  read(answer: unknown): AnswerFacts;
  /** Whether a document has what every answer of the endpoint has. */
  hasExpectedShape(document: unknown): boolean;
  /** Whether a stream ends with `[DONE]`, rather than with an event of its own. */
  readonly endsWithDone: boolean;
  /** The event that tells the client of a fault in the middle of a stream. */
  toErrorEvent(body: ErrorBody): string;
}

const chat: AnswerDialect = {
  read: readAnswer,
  hasExpectedShape: (document) => isJsonObject(document) && Array.isArray(document.choices),
  endsWithDone: true,
  toErrorEvent,
};

const messages: AnswerDialect = {
  read: readMessage,
  hasExpectedShape: (document) => isJsonObject(document) && Array.isArray(document.content),
  endsWithDone: false,
  toErrorEvent: ({ error: { type, message } }) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type, message } })}\n\n`,
};

const typed: AnswerDialect = {
  read: readTypedEvent,
  hasExpectedShape: () => true,
  endsWithDone: false,
  toErrorEvent: ({ error: { message, param, code } }) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', code, message, param })}\n\n`,
};

/** Answers that are read for their usage and errors only. */
const plain: AnswerDialect = { ...chat, hasExpectedShape: isJsonObject };

const DIALECTS: Readonly<Record<Endpoint, AnswerDialect>> = {
  'chat.completions': chat,
  completions: chat,
  embeddings: plain,
  moderations: plain,
  responses: {
    ...typed,
    hasExpectedShape: (document) => isJsonObject(document) && Array.isArray(document.output),
  },
  messages,
  'messages.count_tokens': { ...messages, hasExpectedShape: () => true },
  'images.generations': typed,
  'images.edits': typed,
  'images.variations': typed,
  'audio.speech': typed,
  'audio.transcriptions': typed,
  'audio.translations': typed,
};

/** How the answers of an endpoint are read. */
export function answerDialectOf(endpoint: Endpoint): AnswerDialect {
  return DIALECTS[endpoint];
}
