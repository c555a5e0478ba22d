import type { IncomingHttpHeaders } from 'node:http';
import { answerDialectOf } from '../../core/answer-dialect.ts';
import type { CallOutcome } from '../../core/call-outcome.ts';
import type { VirtualKey } from '../../core/catalog.ts';
import { GatewayError, toGatewayError } from '../../core/gateway-error.ts';
import { type JsonObject, parseJson } from '../../core/json.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import { readWhole } from '../../core/read-whole.ts';
import type { AttemptObserver, Reply } from '../../core/request-path.ts';
import type { CallWatch, RequestPaths, SelectedPath } from '../../core/request-paths.ts';
import type { PathName, RouteDecision } from '../../core/route-decision.ts';
import { isCounted, type Usage } from '../../core/usage.ts';
import { drawIdsOf } from '../../rollout/draw-ids.ts';
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
import type { TokenCounter } from '../../services/tokens/token-counter.ts';
import { CHAT_ROUTE, type EndpointRoute } from './endpoints.ts';
import { makeHttpRequest, makeStreamHttpRequest } from './http-client.ts';
import { buildCall } from './provider-config-builder.ts';
import type { ClientForm } from './read-form.ts';

type LoggedChoice = Parameters<ExpertSources['onDecision']>[1];

/** The tokens that a classifier's own call used, and whose they are. */
export interface ClassifierUse {
  readonly path: PathName;
  readonly provider: string;
  readonly model: string;
  /** As its provider calls it. */
  readonly modelIdentifier: string;
  readonly usage: Usage;
}

/** What carries requests, whoever sent them. */
export interface CarryDependencies {
  readonly paths: RequestPaths;
  readonly catalog: Catalog;
  readonly breaker: CircuitBreaker;
  readonly cache: RequestCache;
  readonly expertRouter: ExpertRouter;
  readonly tokenCounter: TokenCounter;
  /** Is told each choice among experts, and what it used. */
  readonly logDecision: (
    keyId: string,
    expertRoutingId: string,
    decision: LoggedChoice,
    use: ClassifierUse | undefined,
  ) => void;
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

/** A client's request with an id for each draw of an arm that comes of it. */
interface DrawnRequest extends ClientRequest {
  readonly nextDrawId: () => string;
}

/** Is told where a request goes, each time before it is sent. */
export interface CarryObserver {
  /** An expert was chosen, or none could be, in so many milliseconds, for so many tokens of a provider's. */
  classified(durationMs: number, use: ClassifierUse | undefined): void;
  routed(call: ProviderCall, decision: RouteDecision, cacheStatus: 'BYPASS' | 'MISS'): void;
  /** A provider is about to be asked. */
  attempted(): void;
  cacheHit(): void;
  /** A path failed by itself, and another is about to stand in for it. */
  failedOver(fault: GatewayError): void;
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
  const drawn = { ...request, nextDrawId: drawIdsOf(request.requestId) };
  let use: ClassifierUse | undefined;
  const routable = await chooseExpert(catalog.resolve(key, requested), {
    router,
    request: { endpoint: route.endpoint, body },
    async ask(model, question, askSignal) {
      const answer = await ask(drawn, model, question, deps, askSignal);
      use = answer.use;
      return answer.text;
    },
    find: catalog.find,
    onDecision(id, decision) {
      observer.classified(decision.durationMs, use);
      logDecision(key.id, id, key.isLogged ? decision : withoutTexts(decision), use);
      use = undefined;
    },
    signal,
  });
  return walk(routable, drawn, observer, deps, signal);
}

/** The classifier may have answered with anything, the question itself included. */
function withoutTexts(decision: LoggedChoice): LoggedChoice {
  if (decision.outcome === 'matched') return { ...decision, classification: undefined };
  return { ...decision, classification: undefined, category: undefined };
}

function walk(
  routable: Routable,
  request: DrawnRequest,
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
  request: DrawnRequest,
  observer: CarryObserver,
  deps: CarryDependencies,
  signal: AbortSignal,
): Promise<Reply> {
  const call = await toCall(target, request);
  const selected = deps.paths.select(call);
  const carryBy = (path: SelectedPath) =>
    takePath(path, call, { observe, observer, cache: request.key.isCached ? deps.cache : undefined, signal });
  try {
    return await carryBy(selected);
  } catch (error) {
    const standIn = signal.aborted ? undefined : deps.paths.failover(call, selected, error);
    if (standIn === undefined) throw error;
    observer.failedOver(toGatewayError(error));
    return carryBy(standIn);
  }
}

/** How a call is taken to its path. */
interface Passage {
  readonly observe: Observe;
  readonly observer: CarryObserver;
  /** Undefined where the key's answers are not kept. */
  readonly cache: RequestCache | undefined;
  readonly signal: AbortSignal;
}

/** Sends a call by its path, or answers it from the cache, and tells the path's watch which of both it was. */
async function takePath(
  selected: SelectedPath,
  call: ProviderCall,
  { observe, observer, cache, signal }: Passage,
): Promise<Reply> {
  const { path, decision } = selected;
  const cacheKey = cache === undefined ? undefined : cacheKeyOf(call, path.name);
  const watch = selected.watch(cacheKey !== undefined);
  let isSent = false;
  const run = (until: AbortSignal) => {
    isSent = true;
    return observe(() => watched(path, call, until, { watch, observer }));
  };
  try {
    observer.routed(call, decision, cacheKey === undefined ? 'BYPASS' : 'MISS');
    if (cache === undefined || cacheKey === undefined) return await run(signal);
    const { reply, status } = await cache.carry(cacheKey, run, signal);
    if (status === 'HIT') observer.cacheHit();
    return reply;
  } finally {
    if (!isSent) watch.dropped();
  }
}

/** Sends the call and tells of what becomes of it, be it later than the reply. */
async function watched(
  path: SelectedPath['path'],
  call: ProviderCall,
  signal: AbortSignal,
  { watch, observer }: { readonly watch: CallWatch; readonly observer: CarryObserver },
): Promise<Reply> {
  const makeRequest = call.stream ? makeStreamHttpRequest : makeHttpRequest;
  const attempts: AttemptObserver = {
    began: () => observer.attempted(),
    failed: (outcome) => watch.attemptFailed(outcome),
  };
  try {
    const reply = await makeRequest(path, call, signal, attempts);
    void reply.outcome.then((outcome) => watch.ended(outcome));
    return reply;
  } catch (error) {
    const { outcome, code } = toGatewayError(error);
    watch.ended({ kind: outcome, errorCode: code });
    throw error;
  }
}

async function toCall(target: PlannedTarget, request: DrawnRequest): Promise<ProviderCall> {
  const { requestId, nextDrawId, route, key, body, form, headers } = request;
  const { promptRule } = target;
  const edited =
    promptRule === undefined ? body : applyPromptRule(promptRule, route.endpoint, body, Date.now());
  const encoded = await form?.encode(target.model.modelIdentifier);
  const ids = { requestId, drawId: nextDrawId() };
  return buildCall({ ...ids, route, key, resolved: target, body: edited, form: encoded, headers });
}

/** Remembers where the classifier's call went last. */
class ClassifierObserver implements CarryObserver {
  isHit = false;
  #call: ProviderCall | undefined;
  #path: PathName | undefined;

  classified(): void {}

  attempted(): void {}

  failedOver(): void {}

  cacheHit(): void {
    this.isHit = true;
  }

  routed(call: ProviderCall, { path }: RouteDecision): void {
    this.#call = call;
    this.#path = path;
  }

  /** What the call used; undefined where that is nothing, or another request has paid for it. */
  async use(outcome: CallOutcome, tokenCounter: TokenCounter): Promise<ClassifierUse | undefined> {
    const [call, path] = [this.#call, this.#path];
    if (call === undefined || path === undefined || this.isHit) return undefined;
    const { usage } = await tokenCounter.complete(call, outcome);
    if (usage === undefined || !isCounted(usage)) return undefined;
    const { provider, model, body } = call;
    return { path, provider: provider.id, model, modelIdentifier: String(body.model), usage };
  }
}

/** What the classifier said, and what that used. */
interface ClassifierAnswer {
  readonly text: string;
  readonly use: ClassifierUse | undefined;
}

/** The classifier's own call: a chat completion of the same key, by a path that is drawn for it. */
async function ask(
  request: DrawnRequest,
  model: string,
  body: JsonObject,
  deps: CarryDependencies,
  signal: AbortSignal,
): Promise<ClassifierAnswer> {
  const routable = deps.catalog.find(model);
  if (routable === undefined) throw unknownModel(model);
  const question = { ...request, route: CHAT_ROUTE, body, form: undefined };
  const observer = new ClassifierObserver();
  const reply = await walk(routable, question, observer, deps, signal);
  const document = parseJson((await readWhole(reply.body)).toString('utf8'));
  if (reply.status >= 400) {
    throw new GatewayError('upstream_invalid_response', `The classifier answered with HTTP ${reply.status}.`);
  }
  const { texts } = answerDialectOf(CHAT_ROUTE.endpoint).read(document);
  return { text: texts.join(''), use: await observer.use(await reply.outcome, deps.tokenCounter) };
}
