import type { PlanScope } from './plan/release-plan.ts';
import type { EnrolmentQuestion } from './rollout.ts';

/** Makes the check whether a request is what a plan moves: once for all requests, as it is asked for each of them. */
export function createScopeCheck({
  providers,
  models,
  endpoints,
}: PlanScope): (request: EnrolmentQuestion) => boolean {
  const [allowedProviders, allowedModels, allowedEndpoints] = [
    toSet(providers),
    toSet(models),
    toSet(endpoints),
  ];
  return ({ providerId, model, endpoint }) =>
    (allowedProviders?.has(providerId) ?? true) &&
    (allowedModels?.has(model) ?? true) &&
    (allowedEndpoints?.has(endpoint) ?? true);
}

function toSet<T>(values: readonly T[] | undefined): ReadonlySet<T> | undefined {
  return values === undefined ? undefined : new Set(values);
}
