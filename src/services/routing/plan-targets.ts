import { createHash } from 'node:crypto';
import type { VirtualModel, VirtualTarget } from '../../core/catalog.ts';
import type { ResolvedModel, Routable } from '../catalog.ts';

/** One model that a request may be carried to. */
export interface PlannedTarget extends ResolvedModel {
  /** Statuses at which the next one is asked; undefined for those that say the provider cannot serve. */
  readonly onStatusCodes: ReadonlySet<number> | undefined;
}

/** What a plan is made with. */
export interface PlanSources {
  /** What a target's name stands for; undefined where it is gone or disabled. */
  readonly find: (name: string) => Routable | undefined;
  /** The conversation that the request belongs to, which stays with one target; undefined where none is named. */
  readonly session: string | undefined;
  /** A number from 0 to 1, for requests without a conversation. */
  readonly random: () => number;
}

/**
 * The models that a request is carried to, in the order in which they are asked; each stands in it once. Names that
 * lead nowhere are left out, and a virtual model inside itself counts as one.
 */
export function planTargets(routable: Routable, sources: PlanSources): readonly PlannedTarget[] {
  const planned = new Map<string, PlannedTarget>();
  collect(routable, undefined, sources, new Set(), planned);
  const targets = [...planned.values()];
  return targets.length > 1 ? targets.map(askedOnce) : targets;
}

/** In place of the same target again the next is asked, unless the operator has said how often it is. */
function askedOnce(target: PlannedTarget): PlannedTarget {
  const { model } = target;
  const limits = { ...model.limits, maxRetries: model.limits.maxRetries ?? 0 };
  return { ...target, model: { ...model, limits } };
}

function collect(
  routable: Routable,
  onStatusCodes: PlannedTarget['onStatusCodes'],
  sources: PlanSources,
  visited: Set<string>,
  planned: Map<string, PlannedTarget>,
): void {
  if (routable.kind === 'model') {
    const { resolved } = routable;
    if (!planned.has(resolved.model.id)) planned.set(resolved.model.id, { ...resolved, onStatusCodes });
    return;
  }
  const { virtual } = routable;
  // Wherever else it stands, its models have their places already.
  if (visited.has(virtual.id)) return;
  visited.add(virtual.id);
  for (const target of inOrder(virtual, sources)) {
    const next = sources.find(target.model);
    const codes = target.onStatusCodes === undefined ? onStatusCodes : new Set(target.onStatusCodes);
    if (next !== undefined) collect(next, codes, sources, visited, planned);
  }
}

function inOrder(virtual: VirtualModel, sources: PlanSources): readonly VirtualTarget[] {
  return virtual.strategy === 'loadbalance' ? byWeight(virtual, sources) : virtual.targets;
}

/**
 * Draws all targets, one after the other, each by its weight (Efraimidis and Spirakis, 2006): the first is the one
 * that is asked, the others stand by. A conversation draws by the hash of its name, so that it stays where it is and
 * only those of a target that goes move on.
 */
function byWeight({ id, targets }: VirtualModel, { session, random }: PlanSources): readonly VirtualTarget[] {
  const draw = ({ model }: VirtualTarget) => (session === undefined ? random() : hashed(session, id, model));
  return targets
    .filter(({ weight }) => weight > 0)
    .map((target) => ({ target, rank: Math.log(Math.max(draw(target), Number.MIN_VALUE)) / target.weight }))
    .sort((one, other) => other.rank - one.rank)
    .map(({ target }) => target);
}

/** A number from 0 to 1 that is the same for the same texts. */
function hashed(...texts: readonly string[]): number {
  const digest = createHash('sha256').update(JSON.stringify(texts)).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
