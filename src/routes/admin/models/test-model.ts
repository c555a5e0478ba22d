import { randomUUID } from 'node:crypto';
import { apiBaseUrl } from '../../../config/provider-mapping.ts';
import type { Model, Provider } from '../../../core/catalog.ts';
import { GatewayError, toGatewayError } from '../../../core/gateway-error.ts';
import { isJsonObject, parseJson } from '../../../core/json.ts';
import { tooLate } from '../../../core/limit-waits.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import { readWhole } from '../../../core/read-whole.ts';
import { findProviderRecord } from '../../../db/provider-records-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';

const TIME_LIMIT_MS = 30_000;
const MAX_MESSAGE = 500;

/** What a model's test found. */
export interface ModelTest {
  readonly success: boolean;
  /** Null where no answer came. */
  readonly status: number | null;
  readonly message: string;
  readonly durationMs: number;
}

/**
 * Sends the model one short chat completion, for thirty seconds at most and without retries. That it fails is a
 * result, and no error of the operation.
 * @throws GatewayError `not_found` where the model's provider is gone
 */
export async function testModel(
  { db, cipher, adapter }: Pick<AdminDependencies, 'db' | 'cipher' | 'adapter'>,
  model: Model,
): Promise<ModelTest> {
  const provider = await findProviderRecord(db, cipher, model.providerId);
  if (provider === undefined) throw new GatewayError('not_found', 'The provider of this model is gone.');
  const begin = performance.now();
  const found = await ask(adapter, toCall(model, provider));
  return { ...found, durationMs: Math.round(performance.now() - begin) };
}

async function ask(
  adapter: AdminDependencies['adapter'],
  call: ProviderCall,
): Promise<Omit<ModelTest, 'durationMs'>> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  try {
    const reply = await adapter.handle(call, signal);
    const text = (await readWhole(reply.body)).toString('utf8');
    const { kind } = await reply.outcome;
    const success = kind === 'success';
    const message = success ? 'The model answered.' : describeFailure(text);
    return { success, status: reply.status, message };
  } catch (error) {
    const { message } = signal.aborted ? tooLate() : toGatewayError(error);
    return { success: false, status: null, message };
  }
}

function describeFailure(text: string): string {
  const answer = parseJson(text);
  const error = isJsonObject(answer) && isJsonObject(answer.error) ? answer.error.message : undefined;
  return typeof error === 'string' ? error.slice(0, MAX_MESSAGE) : 'The answer is no chat completion.';
}

function toCall(model: Model, provider: Provider): ProviderCall {
  const { id, type, profile, baseUrl, apiKey } = provider;
  const requestId = `test_${randomUUID()}`;
  return {
    requestId,
    drawId: requestId,
    provider: {
      id,
      type,
      profile,
      baseUrl: apiBaseUrl(provider, baseUrl),
      baseUrlIsExplicit: baseUrl !== undefined,
      apiKey,
    },
    limits: { ...model.limits, maxRetries: 0 },
    headers: {},
    endpoint: 'chat.completions',
    upstreamPath: '/chat/completions',
    stream: false,
    body: { model: model.modelIdentifier, messages: [{ role: 'user', content: 'Answer with: ok' }] },
    form: undefined,
    model: model.name,
    key: { id: 'admin-test', path: 'litellm', compat: 'openai' },
    withholdUsage: false,
  };
}
