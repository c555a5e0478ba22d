import type { IncomingHttpHeaders } from 'node:http';
import { answerDialectOf } from '../../core/answer-dialect.ts';
import type { VirtualKey } from '../../core/catalog.ts';
import { GatewayError } from '../../core/gateway-error.ts';
import { type JsonObject, parseJson } from '../../core/json.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import { readWhole } from '../../core/read-whole.ts';
import type { Reply } from '../../core/request-path.ts';
import type { RequestPaths } from '../../core/request-paths.ts';
import type { RouteDecision } from '../../core/route-decision.ts';
import { type Catalog, type Routable, unknownModel } from '../../services/catalog.ts';
import type { ExpertRouter } from '../../services/expert-router/expert-router.ts';
import { applyPromptRule } from '../../services/prompt-processor/apply-prompt-rule.ts';
import { cacheKeyOf } from '../../services/request-cache/cache-key-of.ts';
import type { RequestCache } from '../../services/request-cache/request-cache.ts';
import { chooseExpert, type ExpertSources } from '../../services/routing/choose-expert.ts';
import type { CircuitBreaker } from '../../services/routing/circuit-breaker.ts';
import { type PlannedTarget, planTargets } from '../../services/routing/plan-targets.ts';
import { sessionOf } from '../../services/routing/session-of.ts';
import { type Observe, walkTargets } from '../../services/routing/walk-targets.ts';
import { CHAT_ROUTE, type EndpointRoute } from './endpoints.ts';
import { makeHttpRequest, makeStreamHttpRequest } from './http-client.ts';
import { buildCall } from './provider-config-builder.ts';
import type { ClientForm } from './read-form.ts';

type LoggedChoice = Parameters<ExpertSources['onDecision']>[1];

/** What carries requests, whoever sent them. */
export interface CarryDependencies {
  readonly paths: RequestPaths;
  readonly catalog: Catalog;
  readonly breaker: CircuitBreaker;
  readonly cache: RequestCache;
  readonly expertRouter: ExpertRouter;
  /** Is told each choice among experts. */
  readonly logDecision: (keyId: string, ...decision: Parameters<ExpertSources['onDecision']>) => void;
}

/** A client's request, checked, whose model is not looked up yet. */
export interface ClientRequest {
  readonly requestId: string;
  readonly route: EndpointRoute;
  readonly key: VirtualKey;
  readonly body: JsonObject;
  readonly form: ClientForm | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Is told where a request goes, each time before it is sent. */
export interface CarryObserver {
  /** An expert was chosen, or none could be, in so many milliseconds. */
  classified(durationMs: number): void;
  routed(call: ProviderCall, decision: RouteDecision, cacheStatus: 'BYPASS' | 'MISS'): void;
  cacheHit(): void;
}

/**
 * Carries a request: its model is looked up, chosen by experts where it is one of theirs, and its targets are asked in
 * order, each by the path that is chosen for it.
 * @param signal aborted when the client has gone
 * @throws GatewayError
 */
export async function carryRequest(
  request: ClientRequest,
  requested: string,
  observer: CarryObserver,
  deps: CarryDependencies,
  signal: AbortSignal,
): Promise<Reply> {
  const { catalog, expertRouter: router, logDecision } = deps;
  const { key, route, body } = request;
  const routable = await chooseExpert(catalog.resolve(key, requested), {
    router,
    request: { endpoint: route.endpoint, body },
    ask: (model, question, askSignal) => ask(request, model, question, deps, askSignal),
    find: catalog.find,
    onDecision(id, decision) {
      observer.classified(decision.durationMs);
      logDecision(key.id, id, key.isLogged ? decision : withoutTexts(decision));
    },
    signal,
  });
  return walk(routable, request, observer, deps, signal);
}

/** The classifier may have answered with anything, the question itself included. */
function withoutTexts(decision: LoggedChoice): LoggedChoice {
  if (decision.outcome === 'matched') return { ...decision, classification: undefined };
  return { ...decision, classification: undefined, category: undefined };
}

function walk(
  routable: Routable,
  request: ClientRequest,
  observer: CarryObserver,
  deps: CarryDependencies,
  signal: AbortSignal,
): Promise<Reply> {
  const session = sessionOf(request.headers, request.body);
  const targets = planTargets(routable, { find: deps.catalog.find, session, random: Math.random });
  return walkTargets(targets, {
    breaker: deps.breaker,
    carry: (target, observe) => carryTo(target, observe, request, observer, deps, signal),
    signal,
  });
}

async function carryTo(
  target: PlannedTarget,
  observe: Observe,
  request: ClientRequest,
  observer: CarryObserver,
  { paths, cache }: CarryDependencies,
  signal: AbortSignal,
): Promise<Reply> {
  const call = await toCall(target, request);
  const { path, decision } = paths.select(call);
  const cacheKey = request.key.isCached ? cacheKeyOf(call, path.name) : undefined;
  observer.routed(call, decision, cacheKey === undefined ? 'BYPASS' : 'MISS');
  const makeRequest = call.stream ? makeStreamHttpRequest : makeHttpRequest;
  const run = (until: AbortSignal) => observe(() => makeRequest(path, call, until));
  if (cacheKey === undefined) return run(signal);
  const { reply, status } = await cache.carry(cacheKey, run, signal);
  if (status === 'HIT') observer.cacheHit();
  return reply;
}

async function toCall(target: PlannedTarget, request: ClientRequest): Promise<ProviderCall> {
  const { requestId, route, key, body, form, headers } = request;
  const { promptRule } = target;
  const edited =
    promptRule === undefined ? body : applyPromptRule(promptRule, route.endpoint, body, Date.now());
  const encoded = await form?.encode(target.model.modelIdentifier);
  return buildCall({ requestId, route, key, resolved: target, body: edited, form: encoded, headers });
}

const NOBODY: CarryObserver = { classified: () => {}, routed: () => {}, cacheHit: () => {} };

/** The classifier's own call: a chat completion of the same key, by the path that is drawn for the same request. */
async function ask(
  request: ClientRequest,
  model: string,
  body: JsonObject,
  deps: CarryDependencies,
  signal: AbortSignal,
): Promise<string> {
  const routable = deps.catalog.find(model);
  if (routable === undefined) throw unknownModel(model);
  const question = { ...request, route: CHAT_ROUTE, body, form: undefined };
  const reply = await walk(routable, question, NOBODY, deps, signal);
  const document = parseJson((await readWhole(reply.body)).toString('utf8'));
  if (reply.status >= 400) {
    throw new GatewayError('upstream_invalid_response', `The classifier answered with HTTP ${reply.status}.`);
  }
  return answerDialectOf(CHAT_ROUTE.endpoint).read(document).text;
}
