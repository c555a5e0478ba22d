import type { z } from 'zod';
import { GatewayError, toGatewayError } from '../../../core/gateway-error.ts';
import { Secret } from '../../../core/secret.ts';
import type { ProviderRecord } from '../../../db/provider-records-repository.ts';
import { checkProviderAddress } from '../../../services/check-provider-address.ts';
import {
  type AskedProvider,
  listUpstreamModels,
  type UpstreamModels,
} from '../../../services/list-upstream-models.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { findProvider } from './find-providers.ts';
import type { fetchModelsBody } from './provider-schemas.ts';

/** What a provider's test found. */
export interface ProviderTest {
  readonly success: boolean;
  /** Null where no answer came. */
  readonly status: number | null;
  readonly message: string;
  readonly modelCount: number | null;
  readonly durationMs: number;
}

/** Asks a provider for its models. That it fails is a result, and no error of the operation. */
export async function testProvider(
  { transport }: Pick<AdminDependencies, 'transport'>,
  provider: ProviderRecord,
): Promise<ProviderTest> {
  const begin = performance.now();
  const durationMs = () => Math.round(performance.now() - begin);
  try {
    const answer = await listUpstreamModels(provider, transport);
    const { status, models } = answer;
    const isList = models !== undefined;
    return {
      success: isList,
      status,
      message: isList ? 'The provider lists its models.' : describeRefusal(answer),
      modelCount: models?.length ?? null,
      durationMs: durationMs(),
    };
  } catch (error) {
    const { message } = toGatewayError(error);
    return { success: false, status: null, message, modelCount: null, durationMs: durationMs() };
  }
}

/**
 * The identifiers of the models that a provider lists.
 * @throws GatewayError `upstream_invalid_response` where it gave no list, or as the transport does
 */
export async function fetchModels(
  deps: AdminDependencies,
  given: z.output<typeof fetchModelsBody>,
): Promise<string[]> {
  const answer = await listUpstreamModels(await toAsked(deps, given), deps.transport);
  if (answer.models !== undefined) return [...answer.models];
  throw new GatewayError('upstream_invalid_response', describeRefusal(answer));
}

async function toAsked(
  deps: AdminDependencies,
  given: z.output<typeof fetchModelsBody>,
): Promise<AskedProvider> {
  const { providerId, type = 'openai-compatible', profile, baseUrl, apiKey = '' } = given;
  if (providerId !== undefined) return findProvider(deps, providerId);
  const asked = { type, profile, baseUrl, apiKey: new Secret(apiKey) };
  await checkProviderAddress(asked, deps);
  return asked;
}

function describeRefusal({ status }: UpstreamModels): string {
  if (status === 401 || status === 403) return `The provider refused the key (status ${status}).`;
  if (status >= 300 && status < 400) {
    return `The provider sent a redirect (status ${status}), which is not followed.`;
  }
  return `The provider gave no list of models (status ${status}).`;
}
