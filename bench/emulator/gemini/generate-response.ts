import type { StreamEvent } from '../dialect.ts';
import type { Directive } from '../directive.ts';
import { textPieces } from '../openai/pieces.ts';
import { splitWords } from '../words.ts';
import { type AnswerPart, type GenerateAnswer, partTokens, promptTokens } from './generate-answer.ts';
import type { GenerateRequest } from './generate-request.ts';
import { usageMetadata } from './usage-metadata.ts';

/** What an answer is made of beside what is said. */
export interface Answering {
  request: GenerateRequest;
  directive: Directive;
  answer: GenerateAnswer;
  modelVersion: string;
  responseId: string;
}

/** A step of one candidate; the last one of all says why it ended. */
interface Step {
  parts: readonly AnswerPart[];
  isLast: boolean;
}

/** The body of an answer that is not streamed. */
export function generateDocument(answering: Answering): object {
  const { answer } = answering;
  if (answer.blockReason !== undefined) return blockedPrompt(answering, answer.blockReason);
  const step = { parts: answer.parts, isLast: true };
  const indexes = candidateIndexes(answering.request);
  return {
    candidates: indexes.map((index) => candidateOf(answering, step, index)),
    ...tail(
      answering,
      indexes.flatMap(() => answer.parts),
    ),
  };
}

/**
 * The events of a streamed answer: thoughts and text in pieces of a few words, each other part by itself, the usage so
 * far with all of them. The last piece of a text carries the finish reason; after anything else an empty text does.
 */
export function generateStream(answering: Answering): { content: StreamEvent[]; closing: StreamEvent[] } {
  const { answer } = answering;
  if (answer.blockReason !== undefined) {
    return { content: [], closing: [eventOf(blockedPrompt(answering, answer.blockReason))] };
  }
  const indexes = candidateIndexes(answering.request);
  const sent: AnswerPart[] = [];
  const events = stepsOf(answering).map((step) =>
    indexes.map((index) => {
      sent.push(...step.parts);
      return eventOf({ candidates: [candidateOf(answering, step, index)], ...tail(answering, sent) });
    }),
  );
  return { content: events.slice(0, -1).flat(), closing: events.at(-1) ?? [] };
}

function eventOf(value: object): StreamEvent {
  return { data: JSON.stringify(value) };
}

function candidateIndexes({ generationConfig }: GenerateRequest): number[] {
  return Array.from({ length: generationConfig?.candidateCount ?? 1 }, (_, index) => index);
}

function stepsOf({ answer: { parts }, directive }: Answering): Step[] {
  const pieces = directive.singleEvent ? [parts] : parts.flatMap(piecesOf);
  const last = pieces.at(-1)?.at(-1);
  const endsInText = last !== undefined && 'text' in last && !last.thought;
  const isSilent = parts.every((part) => 'text' in part && part.thought);
  const ending = isSilent ? [[]] : [[{ text: '' }]];
  const all = directive.singleEvent || endsInText ? pieces : [...pieces, ...ending];
  return all.map((each, index) => ({ parts: each, isLast: index === all.length - 1 }));
}

function piecesOf(part: AnswerPart): AnswerPart[][] {
  if (!('text' in part) || part.text === '') return [[part]];
  return textPieces(part.text).map((text) => [{ ...part, text }]);
}

function candidateOf({ request, answer }: Answering, { parts, isLast }: Step, index: number): object {
  return {
    content: contentOf(parts, answer.finishReason),
    ...(isLast ? { finishReason: answer.finishReason } : {}),
    index,
    ...(isLast && answer.finishReason === 'SAFETY' ? { safetyRatings: ratings(true) } : {}),
    ...logprobsOf(request, parts),
    ...(isLast && answer.isGrounded ? { groundingMetadata: GROUNDING } : {}),
  };
}

/** Without parts there is still the role where the tokens ran out, and nothing at all where the answer is withheld. */
function contentOf(parts: readonly AnswerPart[], finishReason: string | undefined): object {
  if (parts.length > 0) return { parts, role: 'model' };
  return finishReason === 'MAX_TOKENS' ? { role: 'model' } : {};
}

function tail(answering: Answering, sent: readonly AnswerPart[]): object {
  const { request, directive, answer, modelVersion, responseId } = answering;
  const usage = usageMetadata({
    prompt: promptTokens(request),
    text: sum(sent.filter((part) => !('inlineData' in part))),
    image: sum(sent.filter((part) => 'inlineData' in part)),
    thoughts: answer.thoughtTokens,
    cached: directive.cacheRead ?? 0,
    toolUse: directive.toolUseTokens ?? 0,
  });
  return { ...(directive.usage === false ? {} : { usageMetadata: usage }), modelVersion, responseId };
}

function sum(parts: readonly AnswerPart[]): number {
  return parts.reduce((total, part) => total + partTokens(part), 0);
}

function blockedPrompt(answering: Answering, blockReason: string): object {
  const promptFeedback = {
    blockReason,
    ...(blockReason === 'SAFETY' ? { safetyRatings: ratings(false) } : {}),
  };
  return { promptFeedback, ...tail(answering, []) };
}

function ratings(isBlocked: boolean): object[] {
  return [
    {
      category: 'HARM_CATEGORY_HATE_SPEECH',
      probability: 'HIGH',
      ...(isBlocked ? { blocked: true } : {}),
    },
    { category: 'HARM_CATEGORY_HARASSMENT', probability: 'NEGLIGIBLE' },
  ];
}

/** One entry a word of the text; less likely with every rank. */
function logprobsOf({ generationConfig }: GenerateRequest, parts: readonly AnswerPart[]): object {
  const text = parts.flatMap((part) => ('text' in part && !part.thought ? part.text : [])).join('');
  if (!generationConfig?.responseLogprobs || text === '') return {};
  const entry = (token: string, rank: number) => ({
    token,
    tokenId: 1000 + rank,
    logProbability: -0.25 * (rank + 1),
  });
  const words = splitWords(text);
  const ranks = Array.from({ length: generationConfig.logprobs ?? 0 }, (_, rank) => rank);
  const topCandidates = words.map((word) => ({
    candidates: ranks.map((rank) => entry(rank === 0 ? word : `${word}~${rank}`, rank)),
  }));
  return {
    avgLogprobs: -0.25,
    logprobsResult: {
      ...(ranks.length > 0 ? { topCandidates } : {}),
      chosenCandidates: words.map((word) => entry(word, 0)),
    },
  };
}

const GROUNDING = {
  searchEntryPoint: { renderedContent: '<div>banyan</div>' },
  groundingChunks: [{ web: { uri: 'https://trees.example/banyan', title: 'trees.example' } }],
  groundingSupports: [{ segment: { startIndex: 0, endIndex: 3, text: 'You' }, groundingChunkIndices: [0] }],
  webSearchQueries: ['banyan'],
};
