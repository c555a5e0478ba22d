import { isJsonObject, type JsonObject } from './json.ts';
import { readUsage, type Usage } from './usage.ts';

/** What a whole answer or one event of a stream says about the call. */
export interface AnswerFacts {
  /** Of the choice that stands last. */
  readonly finishReason: string | undefined;
  /** Indexes of the choices that are there at all. */
  readonly choices: readonly number[];
  /** Indexes of the choices that have a finish reason. */
  readonly finishedChoices: readonly number[];
  readonly usage: Usage | undefined;
  /** Code of an `error` object in a place where an answer was expected. */
  readonly errorCode: string | undefined;
  /** Whether it carries generated output: text, a refusal, reasoning, audio or a tool call. */
  readonly hasToken: boolean;
  /** The generated output as far as it is text, of each of `choices`: what the local count of tokens is made from. */
  readonly texts: readonly string[];
  /** How many calls of tools begin in it. */
  readonly calls: number;
  /** Whether it is the frame that carries usage and no choice. */
  readonly isUsageFrame: boolean;
  /** Whether it is the stream's own end event. */
  readonly isEnd: boolean;
  /** The id of a response that the provider may keep, where it is one. */
  readonly responseId?: string | undefined;
}

/**
 * Reads the facts of a chat completion, a text completion or one chunk of either.
 * Anything that is not there, or not of the expected type, is left undefined: providers add and omit freely.
 */
export function readAnswer(answer: unknown): AnswerFacts {
  if (!isJsonObject(answer)) return NO_FACTS;
  const choices = Array.isArray(answer.choices) ? answer.choices.filter(isJsonObject) : [];
  const usage = readUsage(answer.usage);
  return {
    finishReason: lastFinishReason(choices),
    choices: choices.map(indexOf),
    finishedChoices: choices.filter(isFinished).map(indexOf),
    usage,
    errorCode: readErrorCode(answer) ?? readLostError(answer),
    hasToken: choices.some(hasOutput),
    texts: choices.map(textOf),
    calls: choices.reduce((sum, choice) => sum + countCalls(choice), 0),
    isUsageFrame: usage !== undefined && Array.isArray(answer.choices) && answer.choices.length === 0,
    isEnd: false,
  };
}

/** Of an answer that says nothing. */
export const NO_FACTS: AnswerFacts = {
  finishReason: undefined,
  choices: [],
  finishedChoices: [],
  usage: undefined,
  errorCode: undefined,
  hasToken: false,
  texts: [],
  calls: 0,
  isUsageFrame: false,
  isEnd: false,
};

function indexOf({ index }: JsonObject): number {
  return typeof index === 'number' ? index : 0;
}

function isFinished(choice: JsonObject): boolean {
  return typeof choice.finish_reason === 'string' && choice.finish_reason !== '';
}

function lastFinishReason(choices: readonly JsonObject[]): string | undefined {
  const reason = choices.findLast(isFinished)?.finish_reason;
  return typeof reason === 'string' ? reason : undefined;
}

const OUTPUT_FIELDS = [
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'audio',
  'tool_calls',
  'function_call',
];

function hasOutput(choice: JsonObject): boolean {
  if (typeof choice.text === 'string' && choice.text !== '') return true;
  const part = isJsonObject(choice.delta) ? choice.delta : choice.message;
  return isJsonObject(part) && OUTPUT_FIELDS.some((field) => isFilled(part[field]));
}

function textOf(choice: JsonObject): string {
  if (typeof choice.text === 'string') return choice.text;
  const part = isJsonObject(choice.delta) ? choice.delta : choice.message;
  if (!isJsonObject(part)) return '';
  return joinTexts([
    contentText(part.content),
    part.refusal,
    part.reasoning_content ?? part.reasoning,
    ...functionsIn(part).flatMap((called) => [called.name, called.arguments]),
  ]);
}

/** Mistral has parts in place of a text where its model thought, and parts in the thought. */
function contentText(content: JsonObject[string]): unknown {
  if (!Array.isArray(content)) return content;
  const parts = content.filter(isJsonObject);
  return joinTexts(parts.flatMap(({ text, thinking }) => [text, ...thoughtTexts(thinking)]));
}

function thoughtTexts(thinking: JsonObject[string]): readonly unknown[] {
  return Array.isArray(thinking) ? thinking.filter(isJsonObject).map(({ text }) => text) : [];
}

/** A stream says a call's name once, in its first piece. */
function countCalls(choice: JsonObject): number {
  const part = isJsonObject(choice.delta) ? choice.delta : choice.message;
  return isJsonObject(part) ? functionsIn(part).filter(({ name }) => isFilled(name)).length : 0;
}

function functionsIn({ function_call: call, tool_calls: calls }: JsonObject): readonly JsonObject[] {
  if (call === undefined && calls === undefined) return [];
  const called = Array.isArray(calls) ? calls.filter(isJsonObject).map((each) => each.function) : [];
  return [call, ...called].filter(isJsonObject);
}

/** The values that are texts, one behind the other. */
export function joinTexts(values: readonly unknown[]): string {
  return values.filter((value) => typeof value === 'string').join('');
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  return isJsonObject(value);
}

/** Code of the answer's `error`; undefined where it has none. */
export function readErrorCode(answer: JsonObject): string | undefined {
  const { error } = answer;
  if (typeof error === 'string' && error !== '') return 'upstream_error';
  if (!isJsonObject(error)) return undefined;
  const code = error.code ?? error.type;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : 'upstream_error';
}

/**
 * The legacy gateway makes a chunk without a choice of whatever Gemini says in place of an answer: of a blocked prompt
 * one with the model's name, of an error one without.
 */
function readLostError({ provider, choices, usage, model }: JsonObject): string | undefined {
  if (provider !== 'google' || !Array.isArray(choices) || choices.length > 0 || isJsonObject(usage))
    return undefined;
  return typeof model === 'string' && model !== '' ? BLOCKED_PROMPT : 'upstream_error';
}

/** The code of a prompt that the provider refused to answer, which is the client's matter. */
export const BLOCKED_PROMPT = 'content_filter';

/** True for a finish reason that is an error's name: how the legacy gateway reports a provider's fault mid-stream. */
export function isErrorFinishReason(reason: string): boolean {
  return reason === 'error' || reason.endsWith('_error');
}
