import { z } from 'zod';
import { GatewayError } from '../../core/gateway-error.ts';
import { namedStrategy, ROLLOUT_FLAG, rolloutParameters } from '../flag-definition.ts';
import { FLAG_PROJECT, type FlagServer } from './flag-server.ts';
import { type FlagInEnvironment, type FlagStep, NAMED_TITLE } from './plan-flag-change.ts';

const constraint = z.object({
  contextName: z.string(),
  operator: z.string(),
  inverted: z.boolean().default(false),
  values: z.array(z.string()).default([]),
});

const strategy = z.object({
  id: z.string(),
  name: z.string(),
  title: z
    .string()
    .nullish()
    .transform((title) => title ?? undefined),
  disabled: z.boolean().nullish().transform(Boolean),
  parameters: z.record(z.string(), z.string()).default({}),
  constraints: z.array(constraint).default([]),
  segments: z.array(z.number()).default([]),
});

const flagInEnvironment = z.object({ enabled: z.boolean() });
const strategies = z.array(strategy);

/** What the gateway does by Unleash's admin API to the rollout flag of its environment. */
export interface FlagAdmin {
  /** @throws GatewayError `flag_server_refused` or `flag_server_unavailable` */
  read(signal: AbortSignal): Promise<FlagInEnvironment>;
  /** @throws GatewayError as `read`, or `flag_conflict` where the flag is not what the step takes it for */
  carryOut(step: FlagStep, signal: AbortSignal): Promise<void>;
}

/** Creates the client; nothing is kept open. */
export function createFlagAdmin(server: FlagServer): FlagAdmin {
  const { adminToken } = server;
  const environment = encodeURIComponent(server.environment);
  const base = `${server.url}/api/admin/projects/${FLAG_PROJECT}/features/${ROLLOUT_FLAG}/environments/${environment}`;

  const send = async (method: string, path: string, signal: AbortSignal, body?: object) => {
    if (adminToken === undefined) {
      throw new GatewayError(
        'flag_server_refused',
        `UNLEASH_ADMIN_TOKEN is not set: change ${ROLLOUT_FLAG} in Unleash.`,
      );
    }
    const { status, text } = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: adminToken.reveal(), 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(server.requestMs)]),
    })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch((cause: unknown) => {
        throw new GatewayError('flag_server_unavailable', 'The flag server does not answer.', { cause });
      });
    if (status < 200 || status > 299) throw toFault(status, text, server.environment);
    return text;
  };

  return {
    async read(signal) {
      const { enabled } = parseAnswer(flagInEnvironment, await send('GET', '', signal));
      return { enabled, strategies: parseAnswer(strategies, await send('GET', '/strategies', signal)) };
    },
    async carryOut(step, signal) {
      switch (step.kind) {
        case 'create': {
          const parameters = rolloutParameters(step.percent);
          const created = { name: 'flexibleRollout', parameters, constraints: [] };
          await send('POST', '/strategies', signal, created);
          return;
        }
        case 'name':
          await send('POST', '/strategies', signal, { ...namedStrategy(step.keys), title: NAMED_TITLE });
          return;
        case 'rename':
          await send('PATCH', `/strategies/${step.strategyId}`, signal, [
            { op: 'test', path: '/constraints/0/values', value: step.from },
            // Whole: where somebody has just inverted it, the values alone would enrol everybody else.
            { op: 'replace', path: '/constraints/0', value: namedStrategy(step.keys).constraints[0] },
          ]);
          return;
        case 'remove':
          await send('DELETE', `/strategies/${step.strategyId}`, signal);
          return;
        case 'set':
          await send('PATCH', `/strategies/${step.strategyId}`, signal, [
            { op: 'test', path: '/parameters/rollout', value: step.from },
            { op: 'replace', path: '/parameters/rollout', value: `${step.percent}` },
          ]);
          return;
        case 'enable':
          await send('PATCH', `/strategies/${step.strategyId}`, signal, [
            { op: 'test', path: '/disabled', value: true },
            { op: 'replace', path: '/disabled', value: false },
          ]);
          return;
        default:
          await send('POST', `/${step.kind}`, signal);
      }
    },
  };
}

/** @throws GatewayError `flag_server_unavailable` where what answers is no Unleash server */
function parseAnswer<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const message = 'What the flag server answers is not what Unleash’s admin API does.';
    throw new GatewayError('flag_server_unavailable', message, { cause });
  }
}

function toFault(status: number, text: string, environment: string): GatewayError {
  const cause = new Error(`HTTP ${status}: ${text.slice(0, 500)}`);
  // Unleash has no status for a test of JSON Patch that fails, and answers 500.
  if (text.includes('TEST_OPERATION_FAILED')) {
    const message = `Somebody else changed ${ROLLOUT_FLAG} at the same time; nothing was overwritten.`;
    return new GatewayError('flag_conflict', message, { cause });
  }
  const refusal = refusalOf(status, text, environment);
  if (refusal !== undefined) return new GatewayError('flag_server_refused', refusal, { cause });
  return new GatewayError('flag_server_unavailable', `The flag server answers ${status}.`, { cause });
}

function refusalOf(status: number, text: string, environment: string): string | undefined {
  if (status === 403 && text.includes('SKIP_CHANGE_REQUEST')) {
    return `Unleash takes changes of "${environment}" by change request only: make one there, or let the token of UNLEASH_ADMIN_TOKEN skip them (SKIP_CHANGE_REQUEST).`;
  }
  if (status === 401 || status === 403) {
    return `The flag server does not let UNLEASH_ADMIN_TOKEN change ${ROLLOUT_FLAG} in "${environment}".`;
  }
  if (status === 404) {
    return `There is no ${ROLLOUT_FLAG} in project "${FLAG_PROJECT}", environment "${environment}", of the flag server.`;
  }
  return undefined;
}
