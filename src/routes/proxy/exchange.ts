import type { Response } from 'express';
import type { CallOutcome } from '../../core/call-outcome.ts';
import type { GatewayError } from '../../core/gateway-error.ts';
import type { Logger } from '../../core/logger.ts';
import type { Endpoint, ProviderCall } from '../../core/provider-call.ts';
import type { RouteDecision } from '../../core/route-decision.ts';
import type { TokenCounter } from '../../services/tokens/token-counter.ts';
import type { CallLabels, Metrics } from '../../telemetry/metrics.ts';
import { requestIdOf } from '../request-id.ts';

/** One client request from its first byte to its last, and what is counted and logged of it. */
export class Exchange {
  readonly requestId: string;
  readonly endpoint: Endpoint | 'other';
  readonly #response: Response;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #receivedAt = performance.now();
  readonly #aborter = new AbortController();
  readonly #outcome = Promise.withResolvers<CallOutcome>();
  readonly #tokenCounter: TokenCounter;
  readonly #isCutOff: () => boolean;
  #keyId: string | undefined;
  #call: ProviderCall | undefined;
  #decision: RouteDecision | undefined;
  #dispatchedAt: number | undefined;
  #answeredAt: number | undefined;
  #error: GatewayError | undefined;

  constructor(deps: {
    readonly response: Response;
    readonly endpoint: Endpoint | 'other';
    readonly metrics: Metrics;
    readonly logger: Logger;
    readonly tokenCounter: TokenCounter;
    /** Whether the gateway itself has begun to cut off what still runs. */
    readonly isCutOff: () => boolean;
  }) {
    this.requestId = requestIdOf(deps.response);
    this.#isCutOff = deps.isCutOff;
    this.endpoint = deps.endpoint;
    this.#response = deps.response;
    this.#metrics = deps.metrics;
    this.#logger = deps.logger;
    this.#tokenCounter = deps.tokenCounter;
    this.#response.once('close', () => this.#onClose());
  }

  /** Aborted when the client has gone before its answer was complete. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  identified(keyId: string): void {
    this.#keyId = keyId;
  }

  /** Counts the decision and says it in the answer's headers, before anything is sent anywhere. */
  routed(call: ProviderCall, decision: RouteDecision): void {
    this.#call = call;
    this.#decision = decision;
    this.#dispatchedAt = performance.now();
    this.#metrics.countRouted(decision);
    this.#metrics.prepare(this.#labels());
    this.#response.setHeader('x-gateway-path', decision.path);
    this.#response.setHeader('x-gateway-reason', decision.reason);
    this.#response.setHeader('x-cache-status', 'BYPASS');
  }

  /** To be called when the path has answered or failed: says where the time went until then. */
  answered(): void {
    if (this.#dispatchedAt === undefined || this.#response.headersSent) return;
    this.#answeredAt = performance.now();
    const gateway = (this.#dispatchedAt - this.#receivedAt).toFixed(2);
    const upstream = (this.#answeredAt - this.#dispatchedAt).toFixed(2);
    this.#response.setHeader('server-timing', `gateway;dur=${gateway}, upstream;dur=${upstream}`);
  }

  /** Takes over the outcome of the reply that the client is getting. */
  endsWith(outcome: Promise<CallOutcome>): void {
    this.#outcome.resolve(outcome);
  }

  failedWith(error: GatewayError): void {
    this.#error = error;
    this.#outcome.resolve({ kind: error.outcome, errorCode: error.code });
  }

  async #onClose(): Promise<void> {
    if (!this.#response.writableFinished) this.#aborter.abort();
    const closedAt = performance.now();
    const outcome = await this.#counted(this.#finalOutcome(await this.#outcome.promise));
    this.#metrics.countFinished(this.#labels(), outcome, this.#spans(outcome, closedAt));
    this.#log(outcome, closedAt);
  }

  /**
   * Who ended it: the gateway's own error where there was one; what it cut off at the end of its drain is not the
   * client's doing; a complete answer that the client did not stay for is no success of anybody's.
   */
  #finalOutcome(outcome: CallOutcome): CallOutcome {
    const error = this.#error;
    if (error !== undefined) return { ...outcome, kind: error.outcome, errorCode: error.code };
    if (!this.#aborter.signal.aborted) return outcome;
    if (this.#isCutOff()) return { ...outcome, kind: 'gateway_error', errorCode: 'draining' };
    return { ...outcome, kind: 'client_abort', errorCode: undefined };
  }

  /** The counts of a provider that counts come with its answer; any others are made when all has been sent. */
  async #counted(outcome: CallOutcome): Promise<CallOutcome> {
    if (this.#call === undefined) return outcome;
    try {
      return await this.#tokenCounter.complete(this.#call, outcome);
    } catch (err) {
      this.#logger.error({ requestId: this.requestId, err }, 'tokens could not be counted');
      return outcome;
    }
  }

  #labels(): CallLabels {
    return {
      path: this.#decision?.path ?? 'none',
      endpoint: this.endpoint,
      provider: this.#call?.provider.id ?? 'none',
      model: this.#call?.model ?? 'other',
      stream: this.#call?.stream ?? false,
    };
  }

  #spans({ timings }: CallOutcome, closedAt: number) {
    const seconds = (from: number, to: number) => Math.max(0, to - from) / 1000;
    if (timings === undefined) {
      return { total: seconds(this.#receivedAt, closedAt), firstToken: undefined, overhead: undefined };
    }
    const { sentAt, readyAt, firstTokenAt } = timings;
    // What comes after is the client's pace, and a stream's provider's.
    const answeredAt = this.#answeredAt ?? closedAt;
    return {
      total: seconds(this.#receivedAt, closedAt),
      firstToken: firstTokenAt === undefined ? undefined : seconds(this.#receivedAt, firstTokenAt),
      overhead: seconds(this.#receivedAt, sentAt) + seconds(readyAt, answeredAt),
    };
  }

  #log(outcome: CallOutcome, closedAt: number): void {
    const { requestId, endpoint } = this;
    const fields = {
      requestId,
      keyId: this.#keyId,
      endpoint,
      model: this.#call?.model,
      provider: this.#call?.provider.id,
      path: this.#decision?.path,
      reason: this.#decision?.reason,
      stream: this.#call?.stream,
      status: this.#response.statusCode,
      outcome: outcome.kind,
      errorCode: outcome.errorCode,
      durationMs: Math.round(closedAt - this.#receivedAt),
      usage: outcome.usage,
      usageIsEstimate: outcome.isEstimate,
    };
    if (outcome.kind !== 'gateway_error') {
      this.#logger.info(fields, 'request');
      return;
    }
    const level = this.#error?.code === 'internal_error' ? 'error' : 'warn';
    this.#logger[level](
      { ...fields, err: this.#error?.cause ?? this.#error },
      'request failed in the gateway',
    );
  }
}
