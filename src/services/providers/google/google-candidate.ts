import { randomUUID } from 'node:crypto';
import type { Compat } from '../../../core/catalog.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import type { StreamPart } from '../../../core/stream-part.ts';
import { toAnnotations } from './google-citations.ts';
import { toFinishReason } from './google-finish.ts';
import { toLogprobs } from './google-logprobs.ts';
import { PartialArguments } from './google-partial-arguments.ts';

/** Metadata that OpenAI's dialect has no place for, or no whole one. */
const METADATA_FIELDS = [
  'groundingMetadata',
  'citationMetadata',
  'urlContextMetadata',
  'finishMessage',
] as const;

/** Reads one candidate of an answer, event by event. */
export class CandidateReader {
  readonly #choice: number;
  readonly #compat: Compat;
  #calls = 0;
  /** The call whose arguments are still coming in. */
  #open: { readonly index: number; readonly args: PartialArguments } | undefined;
  #text = '';
  #isUsable = false;
  readonly #annotated = new Set<string>();

  /**
   * @param compat `portkey`: an end without anything usable is one all the same, and a draft of an image an image.
   */
  constructor(choice: number, compat: Compat) {
    this.#choice = choice;
    this.#compat = compat;
  }

  /** The parts of what one event says of the candidate, at least one. */
  read(candidate: JsonObject): readonly StreamPart[] {
    const { content } = candidate;
    const given = isJsonObject(content) && Array.isArray(content.parts) ? content.parts : [];
    const parts = [
      ...given.filter(isJsonObject).flatMap((part) => this.#readPart(part)),
      ...this.#readMetadata(candidate),
      ...this.#readFinish(candidate.finishReason),
    ];
    return parts.length > 0 ? parts : [{ type: 'no-output', choice: this.#choice }];
  }

  #readPart(part: JsonObject): readonly StreamPart[] {
    if (isJsonObject(part.functionCall)) return this.#readCall(part.functionCall, part.thoughtSignature);
    const signature = toExtra(part.thoughtSignature);
    const said = this.#readSaid(part);
    return signature === undefined
      ? said
      : [...said, { type: 'extra-content', choice: this.#choice, content: signature }];
  }

  #readSaid(part: JsonObject): readonly StreamPart[] {
    if (typeof part.text === 'string') return this.#readText(part.text, part.thought === true);
    const { thoughtSignature: _, ...other } = part;
    if (Object.keys(other).length === 0) return [];
    const isDraft = part.thought === true && this.#compat !== 'portkey';
    if (!isDraft) this.#isUsable = true;
    const url = imageUrl(part.inlineData);
    if (url !== undefined && !isDraft) return [{ type: 'image', choice: this.#choice, url }];
    // The code that Gemini ran itself, with what came of it, images it drew as it thought, and whatever else it may say.
    return [{ type: 'provider-fields', choice: this.#choice, fields: { parts: [other] } }];
  }

  #readText(text: string, isThought: boolean): readonly StreamPart[] {
    if (text === '') return [];
    if (isThought) return [{ type: 'reasoning-delta', choice: this.#choice, text }];
    this.#text += text;
    this.#isUsable = true;
    return [{ type: 'text-delta', choice: this.#choice, text }];
  }

  #readCall(call: JsonObject, signature: JsonValue | undefined): readonly StreamPart[] {
    const { name, willContinue } = call;
    const pieces = Array.isArray(call.partialArgs) ? call.partialArgs : [];
    const comesInPieces = willContinue === true || pieces.length > 0;
    const parts: StreamPart[] = [];
    if (typeof name === 'string') {
      parts.push(...this.#closeCall(), this.#startCall(call, name, toExtra(signature)));
      if (comesInPieces) this.#open = { index: this.#calls - 1, args: new PartialArguments() };
      else parts.push(this.#argumentsOf(this.#calls - 1, JSON.stringify(call.args ?? {})));
    }
    for (const piece of pieces) this.#open?.args.add(piece);
    return willContinue === true ? parts : [...parts, ...this.#closeCall()];
  }

  #startCall({ id }: JsonObject, name: string, extra: JsonObject | undefined): StreamPart {
    this.#calls += 1;
    this.#isUsable = true;
    return {
      type: 'tool-call-start',
      choice: this.#choice,
      index: this.#calls - 1,
      id: typeof id === 'string' && id !== '' ? id : newCallId(),
      name,
      extra,
    };
  }

  #closeCall(): readonly StreamPart[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined ? [] : [this.#argumentsOf(open.index, open.args.toJson())];
  }

  #argumentsOf(index: number, json: string): StreamPart {
    return { type: 'tool-call-delta', choice: this.#choice, index, arguments: json };
  }

  #readMetadata(candidate: JsonObject): readonly StreamPart[] {
    const choice = this.#choice;
    const content = toLogprobs(candidate.logprobsResult);
    const fields = metadataOf(candidate);
    return [
      ...this.#newAnnotations(candidate).map(
        (annotation) => ({ type: 'annotation', choice, annotation }) as const,
      ),
      ...(Object.keys(fields).length > 0 ? [{ type: 'provider-fields', choice, fields } as const] : []),
      ...(content.length > 0 ? [{ type: 'logprobs', choice, content } as const] : []),
    ];
  }

  /** Several events may bring the same ones. */
  #newAnnotations(candidate: JsonObject): readonly JsonObject[] {
    return toAnnotations(candidate, this.#text).filter((annotation) => {
      const key = JSON.stringify(annotation);
      if (this.#annotated.has(key)) return false;
      this.#annotated.add(key);
      return true;
    });
  }

  #readFinish(word: JsonValue | undefined): readonly StreamPart[] {
    if (typeof word !== 'string') return [];
    const choice = this.#choice;
    const rest = this.#closeCall();
    const reason = toFinishReason(word, { isUsable: this.#isUsable, hasCalls: this.#calls > 0 });
    if (reason !== undefined) return [...rest, { type: 'finish', choice, reason, raw: word }];
    if (this.#compat === 'portkey') return [...rest, { type: 'finish', choice, reason: 'stop', raw: word }];
    return [{ type: 'error', code: word.toLowerCase(), message: `The model gave no answer (${word}).` }];
  }
}

function newCallId(): string {
  return `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`;
}

/** What has to come back with the next turn, in the place where Google's own endpoint of OpenAI's dialect has it. */
function toExtra(signature: JsonValue | undefined): JsonObject | undefined {
  return typeof signature === 'string' ? { google: { thought_signature: signature } } : undefined;
}

function imageUrl(data: JsonValue | undefined): string | undefined {
  if (!isJsonObject(data) || typeof data.mimeType !== 'string' || !data.mimeType.startsWith('image/'))
    return undefined;
  return `data:${data.mimeType};base64,${data.data}`;
}

function metadataOf(candidate: JsonObject): JsonObject {
  const given = METADATA_FIELDS.filter((name) => isFilled(candidate[name]));
  const fields = Object.fromEntries(given.map((name) => [name, candidate[name]]));
  return hasBlocked(candidate.safetyRatings) ? { ...fields, safetyRatings: candidate.safetyRatings } : fields;
}

function isFilled(value: JsonValue | undefined): boolean {
  return isJsonObject(value) ? Object.keys(value).length > 0 : typeof value === 'string';
}

/** Every answer may be rated; only what was found wanting says something. */
function hasBlocked(ratings: JsonValue | undefined): boolean {
  return Array.isArray(ratings) && ratings.some((rating) => isJsonObject(rating) && rating.blocked === true);
}
