import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../core/json.ts';
import type { FinishReason, StreamPart } from '../../../core/stream-part.ts';
import { readUsage } from '../../../core/usage.ts';
import type { AnswerDecoder } from '../../chat/answer-decoder.ts';
import { withoutUnset } from '../../chat/request-fields.ts';
import { readAnthropicError } from './anthropic-error.ts';

/** A message has one choice. */
const choice = 0;

const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  // The provider's own tool took long; the conversation goes on when it is sent again.
  ['pause_turn', 'stop'],
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'content_filter'],
]);

/** A block whose pieces come in. */
interface OpenBlock {
  /** As it began, with the pieces of its text so far. */
  readonly block: JsonObject;
  /** Pieces of a tool's input. */
  readonly json: string;
  /** Place among the choice's calls, of a call. */
  readonly callIndex: number;
}

/** Reads one message of Anthropic's. */
export function createAnthropicDecoder(): AnswerDecoder {
  return new AnthropicDecoder();
}

class AnthropicDecoder implements AnswerDecoder {
  readonly hasEndEvent = true;
  readonly #open = new Map<JsonValue | undefined, OpenBlock>();
  #calls = 0;
  #usage: JsonObject = {};

  decodeEvent(event: unknown): readonly StreamPart[] {
    if (!isJsonObject(event)) return [];
    switch (event.type) {
      case 'message_start':
        return isJsonObject(event.message) ? this.#startMessage(event.message) : [];
      case 'content_block_start':
        return isJsonObject(event.content_block) ? this.#startBlock(event.index, event.content_block) : [];
      case 'content_block_delta':
        return isJsonObject(event.delta) ? this.#addToBlock(event.index, event.delta) : [];
      case 'content_block_stop':
        return this.#stopBlock(event.index);
      case 'message_delta':
        return [...finishParts(event.delta), ...this.#usageParts(event.usage)];
      case 'message_stop':
        return [{ type: 'response-end' }];
      case 'error':
        return [errorPart(event)];
      default:
        return [];
    }
  }

  decodeDocument(document: unknown): readonly StreamPart[] {
    if (!isJsonObject(document) || !Array.isArray(document.content)) return [notAMessage(document)];
    const blocks = document.content.filter(isJsonObject);
    return [
      startPart(document),
      // A message without a block is an answer as well, if an empty one.
      { type: 'no-output', choice },
      ...blocks.flatMap((block, index) => [...this.#startBlock(index, block), ...this.#stopBlock(index)]),
      ...blocks.flatMap((block) => (Array.isArray(block.citations) ? block.citations.flatMap(citation) : [])),
      ...finishParts(document),
      ...this.#usageParts(document.usage),
    ];
  }

  #startMessage(message: JsonObject): readonly StreamPart[] {
    return [startPart(message), ...this.#usageParts(message.usage)];
  }

  #startBlock(index: JsonValue | undefined, block: JsonObject): readonly StreamPart[] {
    const isCall = block.type === 'tool_use';
    this.#open.set(index, { block, json: '', callIndex: this.#calls });
    if (isCall) this.#calls += 1;
    if (isCall) return [callStart(block, this.#calls - 1)];
    if (block.type === 'text') return [{ type: 'text-start', choice }, ...textDelta(block.text)];
    return [{ type: 'no-output', choice }, ...thinkingOf(block)];
  }

  #addToBlock(index: JsonValue | undefined, delta: JsonObject): readonly StreamPart[] {
    // Text is the answer's, whatever block it came in.
    if (delta.type === 'text_delta') return textDelta(delta.text);
    const known = this.#open.get(index);
    if (known === undefined) return [];
    switch (delta.type) {
      case 'input_json_delta':
        return this.#addInput(index, known, asText(delta.partial_json));
      case 'thinking_delta':
        this.#open.set(index, appended(known, 'thinking', delta.thinking));
        return [reasoning(asText(delta.thinking))];
      case 'signature_delta':
        this.#open.set(index, appended(known, 'signature', delta.signature));
        return [{ type: 'no-output', choice }];
      case 'citations_delta':
        return [...citation(delta.citation), { type: 'no-output', choice }];
      default:
        return [{ type: 'no-output', choice }];
    }
  }

  #addInput(index: JsonValue | undefined, known: OpenBlock, piece: string): readonly StreamPart[] {
    this.#open.set(index, { ...known, json: known.json + piece });
    // The input of a tool that the provider runs itself is no call of the client's.
    if (known.block.type !== 'tool_use') return [{ type: 'no-output', choice }];
    return [{ type: 'tool-call-delta', choice, index: known.callIndex, arguments: piece }];
  }

  #stopBlock(index: JsonValue | undefined): readonly StreamPart[] {
    const known = this.#open.get(index);
    this.#open.delete(index);
    if (known === undefined) return [];
    const { block, json, callIndex } = known;
    if (block.type === 'tool_use') {
      const whole = json === '' ? JSON.stringify(block.input ?? {}) : '';
      return whole === '' ? [] : [{ type: 'tool-call-delta', choice, index: callIndex, arguments: whole }];
    }
    return wholeBlock(json === '' ? block : { ...block, input: parseInput(json) });
  }

  #usageParts(given: JsonValue | undefined): readonly StreamPart[] {
    if (!isJsonObject(given)) return [];
    // Each statement has what was new to it, and null or zero for what it leaves: together they are the message's.
    const stated = Object.entries(withoutUnset(given)).filter(([, value]) => value !== 0);
    this.#usage = { ...given, ...this.#usage, ...Object.fromEntries(stated) };
    const counts = readUsage(this.#usage);
    return counts === undefined ? [] : [{ type: 'usage', usage: counts, raw: this.#usage }];
  }
}

function startPart({ id, model }: JsonObject): StreamPart {
  return {
    type: 'response-start',
    id: typeof id === 'string' ? id : undefined,
    model: typeof model === 'string' ? model : undefined,
  };
}

function callStart(block: JsonObject, index: number): StreamPart {
  return { type: 'tool-call-start', choice, index, id: asText(block.id), name: asText(block.name) };
}

function textDelta(text: JsonValue | undefined): readonly StreamPart[] {
  return typeof text === 'string' && text !== '' ? [{ type: 'text-delta', choice, text }] : [];
}

function reasoning(text: string): StreamPart {
  return text === '' ? { type: 'no-output', choice } : { type: 'reasoning-delta', choice, text };
}

/** A block that came whole has its thinking in it. */
function thinkingOf({ type, thinking }: JsonObject): readonly StreamPart[] {
  if (type !== 'thinking' || typeof thinking !== 'string' || thinking === '') return [];
  return [reasoning(thinking)];
}

/** What is neither text nor a call: thinking, to be sent back, and what the provider's own tools did. */
function wholeBlock(block: JsonObject): readonly StreamPart[] {
  if (block.type === 'text') return [];
  if (block.type === 'thinking' || block.type === 'redacted_thinking')
    return [{ type: 'thinking-block', choice, block }];
  return [{ type: 'provider-fields', choice, fields: { content_blocks: [block] } }];
}

/** A citation of a page in OpenAI's form; of a document, which OpenAI has no form for, as it is. */
function citation(given: JsonValue | undefined): readonly StreamPart[] {
  if (!isJsonObject(given)) return [];
  if (typeof given.url !== 'string')
    return [{ type: 'provider-fields', choice, fields: { citations: [given] } }];
  const url_citation = { url: given.url, title: given.title ?? null, cited_text: given.cited_text ?? null };
  return [{ type: 'annotation', choice, annotation: { type: 'url_citation', url_citation } }];
}

function finishParts(given: JsonValue | undefined): readonly StreamPart[] {
  const raw = isJsonObject(given) ? given.stop_reason : undefined;
  if (typeof raw !== 'string') return [];
  const finish: StreamPart = { type: 'finish', choice, reason: FINISH_REASONS.get(raw) ?? 'stop', raw };
  const details = isJsonObject(given) ? given.stop_details : undefined;
  // Why a refusal was one.
  const why: readonly StreamPart[] = isJsonObject(details)
    ? [{ type: 'provider-fields', choice, fields: { stop_details: details } }]
    : [];
  return [...why, finish];
}

/** Something else under a success: at best an error, and no answer at all. */
function notAMessage(document: unknown): StreamPart {
  if (readAnthropicError(document) !== undefined && isJsonObject(document)) return errorPart(document);
  return {
    type: 'error',
    code: 'upstream_invalid_response',
    message: 'The provider’s answer is no message.',
  };
}

function errorPart(event: JsonObject): StreamPart {
  const error = readAnthropicError(event);
  return {
    type: 'error',
    code: error?.type ?? 'upstream_error',
    message: error?.message ?? 'The provider failed in the middle of its answer.',
  };
}

function appended(known: OpenBlock, field: string, piece: JsonValue | undefined): OpenBlock {
  const { block } = known;
  return { ...known, block: { ...block, [field]: asText(block[field]) + asText(piece) } };
}

/** What is no JSON is handed on as it came: it is the provider's own tool's, and no client runs it. */
function parseInput(json: string): JsonValue {
  const input = parseJson(json);
  return isJsonObject(input) ? input : json;
}

function asText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
