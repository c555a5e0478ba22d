import { createHash } from 'node:crypto';
import type { JsonObject } from '../../core/json.ts';
import type { Endpoint } from '../../core/provider-call.ts';
import { readTurns, turnsField } from '../prompt-processor/read-turns.ts';
import { type Ask, askInTime } from './ask-in-time.ts';
import { buildClassifierRequest } from './build-classifier-request.ts';
import { ClassificationError, type ExpertDecision, ExpertRoutingError } from './expert-decision.ts';
import type { Expert, ExpertRouting } from './expert-routing-schema.ts';
import { matchExpert } from './match-expert.ts';
import { readClassification } from './read-classification.ts';

const MAX_CLASSIFICATION = 1000;

/** A client's request as far as it is classified. */
export interface RoutedRequest {
  readonly endpoint: Endpoint;
  readonly body: JsonObject;
}

/** Chooses the model of a request by asking another model what kind of request it is. */
export interface ExpertRouter {
  /**
   * @param ask makes the classifier's call
   * @param signal tells of the client's leaving
   * @returns a decision for every request, the fallback's where none else can be made; it says why
   * @throws ExpertRoutingError with its decision, where none can be made and there is no fallback
   * @throws GatewayError `client_closed_request`
   */
  route(
    config: ExpertRouting,
    request: RoutedRequest,
    ask: Ask,
    signal: AbortSignal,
  ): Promise<ExpertDecision>;
}

/** What an expert router is made with. */
export interface ExpertRouterDependencies {
  /** A clock that never goes back, in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** What is known of a request when its classifier has been asked. */
interface Classified {
  /** An expert, or why there is none. */
  readonly found: Expert | ClassificationError;
  readonly category: string | undefined;
  readonly classification: string | undefined;
}

interface Measured {
  readonly requestHash: string;
  readonly durationMs: number;
}

/** An expert router; it keeps nothing between requests. */
export function createExpertRouter({
  now = () => performance.now(),
}: ExpertRouterDependencies = {}): ExpertRouter {
  return {
    async route(config, request, ask, signal) {
      const startedAt = now();
      const classified = await classify(config, request, ask, signal);
      return decide(config, classified, {
        requestHash: hashOf(request),
        durationMs: Math.round(now() - startedAt),
      });
    },
  };
}

async function classify(
  config: ExpertRouting,
  request: RoutedRequest,
  ask: Ask,
  signal: AbortSignal,
): Promise<Classified> {
  let classification: string | undefined;
  let category: string | undefined;
  try {
    classification = await askClassifier(config, request, ask, signal);
    const named = readClassification(classification);
    category = named[0];
    const found = matchExpert(config.experts, named) ?? noMatch();
    return { found, category, classification };
  } catch (error) {
    if (!(error instanceof ClassificationError)) throw error;
    return { found: error, category, classification };
  }
}

function askClassifier(
  { classifier }: ExpertRouting,
  { endpoint, body }: RoutedRequest,
  ask: Ask,
  signal: AbortSignal,
): Promise<string> {
  const question = {
    model: classifier.model,
    body: buildClassifierRequest(classifier, readTurns(endpoint, body)),
    timeoutMs: classifier.timeout,
  };
  return askInTime(ask, question, signal);
}

function noMatch(): ClassificationError {
  return new ClassificationError('no_match', 'No expert is for the category that the classifier named.');
}

/** @throws ExpertRoutingError where there is neither an expert nor a fallback */
function decide(
  { classifier, fallback }: ExpertRouting,
  { found, category, classification }: Classified,
  measured: Measured,
): ExpertDecision {
  const facts = { ...measured, classifierModel: classifier.model, classification: bounded(classification) };
  if (!(found instanceof ClassificationError)) {
    const { id: expertId, model } = found;
    return { ...facts, outcome: 'matched', model, expertId, category: found.category, error: undefined };
  }
  const missed = { ...facts, category: bounded(category), expertId: undefined, error: found };
  if (fallback !== undefined) return { ...missed, outcome: 'fallback', model: fallback.model };
  throw new ExpertRoutingError({ ...missed, outcome: 'failed', model: undefined });
}

/** A cut between the halves of a character would leave what no database takes. */
function bounded(text: string | undefined): string | undefined {
  return text?.slice(0, MAX_CLASSIFICATION).toWellFormed();
}

function hashOf({ endpoint, body }: RoutedRequest): string {
  const field = turnsField(endpoint);
  const messages = field === undefined ? undefined : body[field];
  return createHash('sha256')
    .update(JSON.stringify(messages ?? []))
    .digest('hex');
}
