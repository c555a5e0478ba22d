import type { Compat } from '../../../core/catalog.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import type { StreamPart } from '../../../core/stream-part.ts';
import { readUsage } from '../../../core/usage.ts';
import type { AnswerDecoder } from '../../chat/answer-decoder.ts';
import { CandidateReader } from './google-candidate.ts';
import { readGoogleError } from './google-error.ts';

/**
 * Reads one answer of Gemini's, whose documents and events are alike: each says what is new of the candidates and
 * all that was counted so far.
 * @param compat under `portkey` whatever Portkey does not know is a normal end, and every image an answer's
 */
export function createGoogleDecoder(compat: Compat): AnswerDecoder {
  const candidates = new Map<number, CandidateReader>();
  let id: string | undefined;
  let model: string | undefined;

  function decodeEvent(event: unknown): readonly StreamPart[] {
    const error = readGoogleError(event, 'openai');
    if (error !== undefined) {
      return [{ type: 'error', code: String(error.code ?? 'upstream_error'), message: error.message }];
    }
    if (!isJsonObject(event)) return [];
    return [
      ...startOnce(event),
      ...listOf(event.candidates).flatMap(readCandidate),
      ...blockParts(event.promptFeedback),
      ...usageParts(event.usageMetadata),
    ];
  }

  function startOnce({ responseId, modelVersion }: JsonObject): readonly StreamPart[] {
    const [newId, newModel] = [textOr(responseId, id), textOr(modelVersion, model)];
    if (newId === id && newModel === model) return [];
    [id, model] = [newId, newModel];
    return [{ type: 'response-start', id, model }];
  }

  function readCandidate(candidate: JsonObject, position: number): readonly StreamPart[] {
    // An index of 0 is left out, as Google leaves out every zero.
    const index = typeof candidate.index === 'number' ? candidate.index : position;
    const reader = candidates.get(index) ?? new CandidateReader(index, compat);
    candidates.set(index, reader);
    return reader.read(candidate);
  }

  /** A prompt that is blocked has no answer: no client could tell an empty success from one. */
  function blockParts(feedback: JsonValue | undefined): readonly StreamPart[] {
    const reason = isJsonObject(feedback) ? feedback.blockReason : undefined;
    if (typeof reason !== 'string' || candidates.size > 0) return [];
    return [
      { type: 'error', code: 'content_filter', message: `The provider blocked the prompt (${reason}).` },
    ];
  }

  function decodeDocument(document: unknown): readonly StreamPart[] {
    const parts = decodeEvent(document);
    if (candidates.size > 0 || parts.some(({ type }) => type === 'error')) return parts;
    return [
      { type: 'error', code: 'upstream_invalid_response', message: 'The provider’s answer holds none.' },
    ];
  }

  return { decodeEvent, decodeDocument, hasEndEvent: false };
}

function usageParts(metadata: JsonValue | undefined): readonly StreamPart[] {
  const usage = readUsage(metadata);
  return usage === undefined || !isJsonObject(metadata) ? [] : [{ type: 'usage', usage, raw: metadata }];
}

function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOr(value: JsonValue | undefined, otherwise: string | undefined): string | undefined {
  return typeof value === 'string' ? value : otherwise;
}
