import { GatewayError } from '../../core/gateway-error.ts';

/**
 * Why a request was not classified, as a label of logs: it has no text; the classifier took too long, could not be
 * called, or gave something that names no category; or no expert is for the category that it named.
 */
export type ClassificationFault = 'no_text' | 'timeout' | 'call_failed' | 'unparsable' | 'no_match';

/** A classification that found no expert. The message may be shown to operators; the cause is for the log only. */
export class ClassificationError extends Error {
  override readonly name = 'ClassificationError';
  readonly fault: ClassificationFault;

  constructor(fault: ClassificationFault, message: string, detail?: ErrorOptions) {
    super(message, detail);
    this.fault = fault;
  }
}

interface DecisionFacts {
  readonly classifierModel: string;
  /** The matched expert's, else what the classifier said; undefined where it said nothing that can be read. */
  readonly category: string | undefined;
  /** What the classifier answered, cut to 1,000 characters; undefined where it did not answer. */
  readonly classification: string | undefined;
  /** SHA-256 of the request's messages, in hexadecimal. */
  readonly requestHash: string;
  /** How long the classification took, in whole milliseconds. */
  readonly durationMs: number;
}

/** A request was classified, and this model is to serve it. */
export interface MatchedDecision extends DecisionFacts {
  readonly outcome: 'matched';
  readonly model: string;
  readonly expertId: string;
  readonly error: undefined;
}

/** No expert was found, and the fallback's model is to serve the request. */
export interface FallbackDecision extends DecisionFacts {
  readonly outcome: 'fallback';
  readonly model: string;
  readonly expertId: undefined;
  readonly error: ClassificationError;
}

/** No expert was found, and there is no fallback. */
export interface FailedDecision extends DecisionFacts {
  readonly outcome: 'failed';
  readonly model: undefined;
  readonly expertId: undefined;
  readonly error: ClassificationError;
}

/** Where a request goes, with all that its log tells. No text of its messages is in it. */
export type ExpertDecision = MatchedDecision | FallbackDecision;

/** No model was found for a request. The client is told that it failed, and not what the classifier said. */
export class ExpertRoutingError extends GatewayError {
  readonly decision: FailedDecision;

  constructor(decision: FailedDecision) {
    super('expert_routing_failed', 'No expert could be chosen for this request.', {
      cause: decision.error,
    });
    this.decision = decision;
  }
}
