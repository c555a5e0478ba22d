import { type AnswerFacts, joinTexts, NO_FACTS, readErrorCode } from './answer-reading.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { readUsage } from './usage.ts';

/** Reads the facts of an Anthropic message, of one event of its stream, or of a count of its tokens. */
export function readMessage(answer: unknown): AnswerFacts {
  if (!isJsonObject(answer)) return NO_FACTS;
  const begun = { ...NO_FACTS, choices: [0] };
  switch (answer.type) {
    case 'message':
      return {
        ...finished(answer.stop_reason),
        usage: readUsage(answer.usage),
        hasToken: isFilled(answer.content),
        ...generatedIn(answer.content),
      };
    case 'message_start':
      return { ...begun, usage: isJsonObject(answer.message) ? readUsage(answer.message.usage) : undefined };
    case 'content_block_delta':
      return {
        ...begun,
        hasToken: true,
        texts: isJsonObject(answer.delta) ? [blockText(answer.delta)] : [],
      };
    case 'content_block_start':
      return { ...begun, ...readBlockStart(answer.content_block) };
    case 'message_delta':
      return {
        ...finished(isJsonObject(answer.delta) ? answer.delta.stop_reason : undefined),
        usage: readUsage(answer.usage),
      };
    case 'message_stop':
      return { ...NO_FACTS, isEnd: true };
    case 'error':
      return { ...NO_FACTS, errorCode: readErrorCode(answer) ?? 'upstream_error' };
    default:
      return { ...NO_FACTS, usage: readUsage(answer), errorCode: readErrorCode(answer) };
  }
}

function finished(stopReason: JsonObject[string]): AnswerFacts {
  if (typeof stopReason !== 'string') return { ...NO_FACTS, choices: [0] };
  return { ...NO_FACTS, choices: [0], finishedChoices: [0], finishReason: stopReason };
}

function generatedIn(content: JsonObject[string]): Pick<AnswerFacts, 'texts' | 'calls'> {
  const blocks = Array.isArray(content) ? content.filter(isJsonObject) : [];
  return { texts: [blocks.map(blockText).join('')], calls: blocks.filter(isCall).length };
}

/** A call's input is empty here, and comes in pieces. */
function readBlockStart(block: JsonObject[string]): Pick<AnswerFacts, 'hasToken' | 'texts' | 'calls'> {
  if (!isJsonObject(block)) return { hasToken: false, texts: [], calls: 0 };
  const { input: _input, ...known } = block;
  return { hasToken: block.type !== 'text', texts: [blockText(known)], calls: isCall(block) ? 1 : 0 };
}

/** Also of a tool that Anthropic runs itself. */
function isCall({ type }: JsonObject): boolean {
  return typeof type === 'string' && type.endsWith('tool_use');
}

/** Of a block, or of a piece of one. */
function blockText({ text, thinking, partial_json, name, input }: JsonObject): string {
  const given = isJsonObject(input) ? JSON.stringify(input) : undefined;
  return joinTexts([text, thinking, partial_json, name, given]);
}

function isFilled(content: JsonObject[string]): boolean {
  return Array.isArray(content) && content.length > 0;
}
