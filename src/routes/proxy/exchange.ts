import type { Response } from 'express';
import type { CallOutcome, OutcomeKind } from '../../core/call-outcome.ts';
import type { VirtualKey } from '../../core/catalog.ts';
import type { GatewayError } from '../../core/gateway-error.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Logger } from '../../core/logger.ts';
import type { PendingWork } from '../../core/pending-work.ts';
import type { Endpoint, ProviderCall } from '../../core/provider-call.ts';
import type { RouteDecision } from '../../core/route-decision.ts';
import type { Usage } from '../../core/usage.ts';
import type { Admitted } from '../../services/limits/limiter.ts';
import type { AnswerRecord } from '../../services/request-log/answer-record.ts';
import type { BodyLog } from '../../services/request-log/body-log.ts';
import type { TokenCounter } from '../../services/tokens/token-counter.ts';
import type { CacheResult, CallLabels, CallSpans, Metrics } from '../../telemetry/metrics.ts';
import { requestIdOf } from '../request-id.ts';
import type { CarryObserver, ClassifierUse } from './carry-request.ts';

const CACHE_RESULTS = { BYPASS: 'bypass', MISS: 'miss', HIT: 'hit' } as const;

/** What is known of a request when its last byte is out: labels and counts, nothing that it said. */
export interface FinishedRequest {
  readonly requestId: string;
  readonly keyId: string | undefined;
  readonly endpoint: Endpoint | 'other';
  /** What the client asked for. */
  readonly requestedModel: string | undefined;
  /** What answered. */
  readonly model: string | undefined;
  readonly modelIdentifier: string;
  readonly provider: string | undefined;
  readonly path: RouteDecision['path'] | undefined;
  readonly reason: RouteDecision['reason'] | undefined;
  readonly stream: boolean | undefined;
  readonly cache: CacheResult | undefined;
  readonly status: number;
  readonly outcome: OutcomeKind;
  readonly errorCode: string | undefined;
  /** How often a provider was asked. */
  readonly attempts: number;
  readonly durationMs: number;
  /** Until the first generated token of a stream. */
  readonly firstTokenMs: number | undefined;
  readonly usage: Usage | undefined;
  readonly usageIsEstimate: boolean | undefined;
}

/** What an exchange is observed with. */
export interface ExchangeDependencies {
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly tokenCounter: TokenCounter;
  /** Is told of each request when it is over. */
  readonly onFinished: (request: FinishedRequest) => void;
  /** Keeps what was asked and answered, for the keys whose requests are logged. */
  readonly bodies: BodyLog;
  /** Keeps what is counted and logged after a request's last byte. */
  readonly finishing: Pick<PendingWork, 'track'>;
  /** Whether the gateway itself has begun to cut off what still runs. */
  readonly isCutOff: () => boolean;
}

/** One client request from its first byte to its last, and what is counted and logged of it. */
export class Exchange implements CarryObserver {
  readonly requestId: string;
  readonly endpoint: Endpoint | 'other';
  readonly #response: Response;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #receivedAt = performance.now();
  readonly #aborter = new AbortController();
  readonly #outcome = Promise.withResolvers<CallOutcome>();
  readonly #tokenCounter: TokenCounter;
  readonly #onFinished: ExchangeDependencies['onFinished'];
  readonly #isCutOff: () => boolean;
  readonly #bodies: BodyLog;
  #keyId: string | undefined;
  #requestedModel: string | undefined;
  #recorded: { readonly request: JsonObject; readonly answer: AnswerRecord } | undefined;
  #admitted: Pick<Admitted, 'settle' | 'charge'> | undefined;
  #attempts = 0;
  #cacheResult: CacheResult | undefined;
  #call: ProviderCall | undefined;
  #decision: RouteDecision | undefined;
  #dispatchedAt: number | undefined;
  /** Milliseconds that went by at a classifier, and at targets that could not serve. */
  #elsewhereMs = 0;
  #answeredAt: number | undefined;
  #error: GatewayError | undefined;

  constructor(response: Response, endpoint: Endpoint | 'other', deps: ExchangeDependencies) {
    this.requestId = requestIdOf(response);
    this.#isCutOff = deps.isCutOff;
    this.endpoint = endpoint;
    this.#response = response;
    this.#metrics = deps.metrics;
    this.#logger = deps.logger;
    this.#tokenCounter = deps.tokenCounter;
    this.#onFinished = deps.onFinished;
    this.#bodies = deps.bodies;
    this.#response.once('close', () => deps.finishing.track(this.#onClose()));
  }

  /** Aborted when the client has gone before its answer was complete. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  identified(keyId: string): void {
    this.#keyId = keyId;
  }

  /** Takes note of what the client asks, which is kept where its key's requests are logged. */
  asked(request: JsonObject, { isLogged }: Pick<VirtualKey, 'isLogged'>): void {
    this.#requestedModel = typeof request.model === 'string' ? request.model : undefined;
    const answer = isLogged ? this.#bodies.begin() : undefined;
    if (answer !== undefined) this.#recorded = { request, answer };
  }

  /** Takes over what is to be told when it is known what the request came to. */
  admitted(admitted: Pick<Admitted, 'settle' | 'charge'>): void {
    this.#admitted = admitted;
  }

  /** Takes note of the time that the choice among experts took, most of it a provider's, and of what it used. */
  classified(durationMs: number, use: ClassifierUse | undefined): void {
    this.#elsewhereMs += durationMs;
    if (use === undefined) return;
    this.#metrics.countTokens(use, use.usage);
    this.#admitted?.charge(use.usage, use.modelIdentifier, use.provider);
  }

  attempted(): void {
    this.#attempts += 1;
  }

  /** To be given what the client is. */
  readonly sending = (bytes: Uint8Array): void => {
    this.#recorded?.answer.add(bytes);
  };

  /**
   * Counts the decision and says it in the answer's headers, before anything is sent anywhere. A request that goes on
   * to another target is counted once, as it was decided first, and under the one that answered.
   */
  routed(call: ProviderCall, decision: RouteDecision, cacheStatus: 'BYPASS' | 'MISS'): void {
    const now = performance.now();
    if (this.#decision === undefined) this.#metrics.countRouted(decision);
    if (this.#dispatchedAt !== undefined) this.#elsewhereMs += now - this.#dispatchedAt;
    this.#call = call;
    this.#decision = decision;
    this.#dispatchedAt = now;
    this.#metrics.prepare(this.#labels());
    this.#response.setHeader('x-gateway-path', decision.path);
    this.#response.setHeader('x-gateway-reason', decision.reason);
    this.#cached(cacheStatus);
  }

  /** The answer is one that another request was given. */
  cacheHit(): void {
    this.#cached('HIT');
  }

  /** Counts and logs a fault that the client does not see. */
  failedOver(fault: GatewayError): void {
    this.#metrics.countFailover(fault.code);
    const { requestId } = this;
    this.#logger.warn(
      { requestId, err: fault.cause ?? fault },
      'the new path failed, the legacy path stands in',
    );
  }

  #cached(status: 'BYPASS' | 'MISS' | 'HIT'): void {
    this.#cacheResult = CACHE_RESULTS[status];
    this.#response.setHeader('x-cache-status', status);
  }

  /** To be called when the path has answered or failed: says where the time went until then. */
  answered(): void {
    if (this.#dispatchedAt === undefined || this.#response.headersSent) return;
    this.#answeredAt = performance.now();
    const gateway = this.#ownMs(this.#dispatchedAt);
    const upstream = this.#answeredAt - this.#receivedAt - gateway;
    this.#response.setHeader(
      'server-timing',
      `gateway;dur=${gateway.toFixed(2)}, upstream;dur=${upstream.toFixed(2)}`,
    );
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
    const ended = this.#finalOutcome(await this.#outcome.promise);
    const outcome = await this.#counted(ended);
    const spans = this.#spans(outcome, closedAt);
    this.#metrics.countFinished(this.#labels(), outcome, spans, this.#cacheResult);
    this.#settleLimits(outcome);
    this.#tell(outcome, spans);
    this.#logBodies();
    await this.#compareCounts(ended);
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

  /** Shows now and then, when all else is done, how near the own count comes to the provider's. */
  async #compareCounts(outcome: CallOutcome): Promise<void> {
    if (this.#call === undefined) return;
    try {
      const error = await this.#tokenCounter.compare(this.#call, outcome);
      if (error !== undefined) this.#metrics.observeTokenCountError(this.#call.provider.id, error);
    } catch (err) {
      this.#logger.error({ requestId: this.requestId, err }, 'token counts could not be compared');
    }
  }

  /** What was answered from the cache was paid for by the request that called for it. */
  #settleLimits({ usage }: CallOutcome): void {
    const used = this.#cacheResult === 'hit' ? undefined : usage;
    this.#admitted?.settle(used, this.#modelIdentifier, this.#call?.provider.id);
  }

  #logBodies(): void {
    if (this.#recorded === undefined) return;
    const contentType = String(this.#response.getHeader('content-type') ?? '');
    const { requestId } = this;
    this.#bodies.finish({ requestId, ...this.#recorded, contentType, error: this.#error?.toBody() });
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

  #spans({ timings }: CallOutcome, closedAt: number): CallSpans {
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
      overhead: this.#ownMs(sentAt) / 1000 + seconds(readyAt, answeredAt),
    };
  }

  /** What of the time until a moment was the gateway's own. */
  #ownMs(until: number): number {
    return Math.max(0, until - this.#receivedAt - this.#elsewhereMs);
  }

  #tell(outcome: CallOutcome, spans: CallSpans): void {
    const finished = this.#describe(outcome, spans);
    this.#onFinished(finished);
    const { modelIdentifier: _identifier, requestedModel: _requested, ...fields } = finished;
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

  #describe(outcome: CallOutcome, { total, firstToken }: CallSpans): FinishedRequest {
    const { requestId, endpoint } = this;
    return {
      requestId,
      keyId: this.#keyId,
      endpoint,
      requestedModel: this.#requestedModel,
      model: this.#call?.model,
      modelIdentifier: this.#modelIdentifier,
      provider: this.#call?.provider.id,
      path: this.#decision?.path,
      reason: this.#decision?.reason,
      stream: this.#call?.stream,
      cache: this.#cacheResult,
      status: this.#response.statusCode,
      outcome: outcome.kind,
      errorCode: outcome.errorCode,
      attempts: this.#attempts,
      durationMs: Math.round(total * 1000),
      firstTokenMs: firstToken === undefined ? undefined : Math.round(firstToken * 1000),
      usage: outcome.usage,
      usageIsEstimate: outcome.isEstimate,
    };
  }

  get #modelIdentifier(): string {
    return String(this.#call?.body.model ?? '');
  }
}
