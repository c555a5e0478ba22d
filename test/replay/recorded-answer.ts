import { readEvents } from '../support/event-stream.ts';
import type { ReadAnswer } from './read-answer.ts';
import { readChat } from './read-chat.ts';
import { readGemini } from './read-gemini.ts';
import { readMessageDocument, readMessageStream } from './read-messages.ts';
import { readResponse, readResponseStream } from './read-responses.ts';

/** How a body is to be read. */
export type Dialect =
  | 'chat'
  | 'responses'
  | 'messages'
  | 'gemini'
  | 'embeddings'
  | 'gemini-embeddings'
  | 'count';

/** Anthropic's and Gemini's words for why an answer ended, in OpenAI's. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
};

/**
 * What a body says, read by its dialect alone and by nothing of the gateway's. The finish reason is in the dialect's
 * own words.
 * @throws Error where the body is not of the dialect
 */
export function readBody(dialect: Dialect, isStream: boolean, body: Buffer): ReadAnswer {
  const parts = partsOf(isStream, body);
  switch (dialect) {
    case 'chat':
      return readChat(parts);
    case 'gemini':
      return readGemini(parts);
    case 'messages':
      return isStream ? readMessageStream(parts) : readMessageDocument(parts[0]);
    case 'responses':
      return isStream ? readResponseStream(parts) : readResponse(parts[0]);
    default:
      throw new Error(`There is no answer in ${dialect}.`);
  }
}

/** The answer with its finish reasons in OpenAI's words; Gemini says `STOP` of calls, too. */
export function inOpenAIWords({ choices, usage }: ReadAnswer): ReadAnswer {
  const toWord = (reason = '') => FINISH_REASONS[reason] ?? `no word for ${reason}`;
  return {
    choices: choices.map((choice) => ({
      ...choice,
      finishReason:
        choice.finishReason === 'STOP' && choice.toolCalls.length > 0
          ? 'tool_calls'
          : toWord(choice.finishReason),
    })),
    usage,
  };
}

const BLANK_LINE = Buffer.from('\n\n');

/** A body in parsed form: the document, or the data of a stream's events without the end marker. */
export function partsOf(isStream: boolean, body: Buffer): unknown[] {
  if (!isStream) return [JSON.parse(body.toString('utf8'))];
  // The last event of a recording may lack its blank line.
  const payloads = readEvents(Buffer.concat([body, BLANK_LINE])).map(({ data }) => data);
  return payloads.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data));
}
