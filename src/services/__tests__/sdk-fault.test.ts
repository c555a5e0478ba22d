import { createServer } from 'node:net';
import { inspect } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import * as anthropicErrors from '@anthropic-ai/sdk/error';
import * as anthropicResources from '@anthropic-ai/sdk/resources';
import * as google from '@google/generative-ai';
import OpenAI from 'openai';
import * as openaiErrors from 'openai/error';
import { describe, expect, it } from 'vitest';
import { startLocalServer } from '../../../test/support/local-server.ts';
import { GatewayError } from '../../core/gateway-error.ts';
import { Secret } from '../../core/secret.ts';
import { meaningOfStatus } from '../provider-status.ts';
import { toSdkFault } from '../sdk-fault.ts';

const KEY = new Secret('sk-account-0123456789');
const SECRET = 'sk-secret-0123456789 at http://10.0.0.1/internal';

interface ErrorClass {
  readonly name: string;
  readonly prototype: object;
}

/** The error classes among a module's exports. */
function errorClassesOf(module: object): ErrorClass[] {
  return Object.values(module).filter(
    (value) => typeof value === 'function' && value.prototype instanceof Error,
  );
}

type Generate = (status: number, body: object, message: string, headers: Headers) => Error;

/** The statuses for which an SDK makes an error of each class. */
function statusesByClass(generate: Generate): Map<unknown, number[]> {
  const statuses = new Map<unknown, number[]>();
  for (let status = 400; status < 600; status += 1) {
    const made = generate(status, {}, '', new Headers()).constructor;
    statuses.set(made, [...(statuses.get(made) ?? []), status]);
  }
  return statuses;
}

/** An error of the class, whatever its constructor wants. */
function errorOf({ prototype }: ErrorClass): unknown {
  return Object.assign(Object.create(prototype), { message: SECRET });
}

/** What becomes of each class: the first status that it stands for, or the code of a fault without an answer. */
function meaningsOf(module: object, statuses: ReadonlyMap<unknown, number[]> = new Map()) {
  const meanings = errorClassesOf(module).map(
    (given) => [given.name, statuses.get(given)?.[0] ?? toSdkFault(errorOf(given), KEY).code] as const,
  );
  return Object.fromEntries(meanings);
}

const openaiStatuses = statusesByClass((...given) => openaiErrors.APIError.generate(...given));
const anthropicStatuses = statusesByClass((...given) => anthropicErrors.APIError.generate(...given));

// A class that a new version of an SDK brings is missing here until somebody has decided what it means.
describe('every error class of the SDKs', () => {
  it('of OpenAI stands for a status or a fault', () => {
    expect(meaningsOf(openaiErrors, openaiStatuses)).toEqual({
      OpenAIError: 'internal_error',
      APIError: 402,
      APIUserAbortError: 'client_closed_request',
      APIConnectionError: 'upstream_unreachable',
      APIConnectionTimeoutError: 'upstream_timeout',
      BadRequestError: 400,
      AuthenticationError: 401,
      PermissionDeniedError: 403,
      NotFoundError: 404,
      ConflictError: 409,
      UnprocessableEntityError: 422,
      RateLimitError: 429,
      InternalServerError: 500,
      // Thrown by conveniences that the gateway does not use.
      LengthFinishReasonError: 'internal_error',
      ContentFilterFinishReasonError: 'internal_error',
      InvalidWebhookSignatureError: 'internal_error',
      OAuthError: 'internal_error',
      SubjectTokenProviderError: 'internal_error',
    });
  });

  it('of Anthropic stands for a status or a fault', () => {
    expect(meaningsOf(anthropicErrors, anthropicStatuses)).toEqual({
      AnthropicError: 'internal_error',
      APIError: 405,
      APIUserAbortError: 'client_closed_request',
      APIConnectionError: 'upstream_unreachable',
      APIConnectionTimeoutError: 'upstream_timeout',
      RetryableError: 'upstream_unreachable',
      BadRequestError: 400,
      AuthenticationError: 401,
      PaymentRequiredError: 402,
      PermissionDeniedError: 403,
      NotFoundError: 404,
      RequestTimeoutError: 408,
      ConflictError: 409,
      PreconditionFailedError: 412,
      ContentTooLargeError: 413,
      UnprocessableEntityError: 422,
      RateLimitError: 429,
      RequestHeaderFieldsTooLargeError: 431,
      ClientClosedRequestError: 499,
      InternalServerError: 500,
      NotImplementedError: 501,
      ServiceUnavailableError: 503,
      GatewayTimeoutError: 504,
      OverloadedError: 529,
    });
  });

  it('of Google stands for a fault', () => {
    expect(meaningsOf(google)).toEqual({
      GoogleGenerativeAIError: 'internal_error',
      GoogleGenerativeAIAbortError: 'client_closed_request',
      GoogleGenerativeAIFetchError: 'upstream_unreachable',
      GoogleGenerativeAIRequestInputError: 'invalid_value',
      GoogleGenerativeAIResponseError: 'upstream_invalid_response',
    });
  });

  it('that an SDK exports at its root is among them', () => {
    const known = new Set([openaiErrors, anthropicErrors, anthropicResources].flatMap(errorClassesOf));
    expect(errorClassesOf(OpenAI).filter((given) => !known.has(given))).toEqual([]);
    expect(errorClassesOf(Anthropic).filter((given) => !known.has(given))).toEqual([]);
  });

  it('of Anthropic that is finer than a status extends the class of one', () => {
    const finer = errorClassesOf(anthropicResources);
    expect(finer.length).toBeGreaterThan(10);
    const withoutStatus = finer.filter((given) => {
      const statuses = anthropicStatuses.get(Object.getPrototypeOf(given));
      return statuses === undefined || meaningOfStatus(statuses[0] ?? 0).code === 'upstream_error';
    });
    expect(withoutStatus.map(({ name }) => name)).toEqual([]);
  });

  it('that stands for a status of its own has a row in the table of statuses', () => {
    const own = [...openaiStatuses, ...anthropicStatuses]
      .filter(([given]) => given !== openaiErrors.APIError && given !== anthropicErrors.APIError)
      .flatMap(([, statuses]) => statuses.slice(0, 1));
    expect(own.filter((status) => meaningOfStatus(status).code === 'upstream_error')).toEqual([]);
  });

  it('says nothing of what the SDK says, which stays in the cause', () => {
    for (const module of [openaiErrors, anthropicErrors, anthropicResources, google]) {
      for (const given of errorClassesOf(module)) {
        const error = errorOf(given);
        const fault = toSdkFault(error, KEY);
        expect(fault.message).not.toContain('secret');
        expect(JSON.stringify(fault.toBody())).not.toContain('10.0.0.1');
        expect(fault.cause).toBe(error);
      }
    }
  });
});

describe('a fault', () => {
  it('that is the gateway’s own stays as it is', () => {
    const fault = new GatewayError('upstream_timeout', 'late');
    expect(toSdkFault(fault, KEY)).toBe(fault);
  });

  it.each([
    new Error(SECRET),
    new TypeError(SECRET),
    SECRET,
    undefined,
    null,
    5,
    {},
    Object.create(null),
    Object.create(Object.create(null)),
  ])('that is no SDK’s is the gateway’s', (error) => {
    const { code, cause } = toSdkFault(error, KEY);
    expect({ code, cause }).toEqual({ code: 'internal_error', cause: error });
    expect(toSdkFault(error, KEY).message).not.toContain('secret');
  });

  it('is what the nearest class says that is known', () => {
    class SlowConnectionError extends openaiErrors.APIConnectionTimeoutError {}
    class OddConnectionError extends openaiErrors.APIConnectionError {}
    expect(toSdkFault(new SlowConnectionError(), KEY).code).toBe('upstream_timeout');
    expect(toSdkFault(new OddConnectionError({ message: SECRET }), KEY).code).toBe('upstream_unreachable');
  });
});

describe('the account’s key', () => {
  const key = 'sk-first\nsecond-half';
  const quoted = `"Bearer ${key}" is an invalid header value`;
  const withStack = new Error('No.');
  withStack.stack = `Error: ${quoted}\n    at Headers.append`;

  it.each([
    ['its text', new TypeError(quoted)],
    ['its stack', withStack],
    ['its cause', new Error('No.', { cause: new Error(quoted) })],
    ['one of its causes', new AggregateError([new Error(quoted)], 'No.')],
    [
      'one of its fields, in another form',
      Object.assign(new Error('No.'), { sent: JSON.stringify({ key }) }),
    ],
    ['its text, of an SDK’s class', new openaiErrors.APIConnectionError({ message: quoted })],
    ['what is no error', { key }],
  ])('is not in the cause where it stands in %s', (_, error) => {
    const { cause } = toSdkFault(error, new Secret(key));
    expect(inspect(cause, { depth: 10 })).not.toMatch(/sk-first|second-half/);
    expect(cause).toBeInstanceOf(Error);
  });

  it('leaves the meaning of the error’s class', () => {
    const error = new openaiErrors.APIConnectionError({ message: quoted });
    const fault = toSdkFault(error, new Secret(key));
    expect(fault.code).toBe('upstream_unreachable');
    expect(String(fault.cause)).toContain('APIConnectionError');
  });

  it.each(['', 'x', 'No'])('of %j, which is no secret, takes no cause away', (short) => {
    const error = new Error('No.');
    expect(toSdkFault(error, new Secret(short)).cause).toBe(error);
  });
});

/** A loopback address on which nothing listens. */
async function closedAddress(): Promise<string> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<string>();
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => resolve(`http://127.0.0.1:${port}`));
  });
  return promise;
}

interface Sdk {
  readonly name: string;
  /** Asks for an answer, and rejects with the SDK's own error. */
  readonly ask: (baseURL: string, options?: { signal?: AbortSignal; timeout?: number }) => Promise<unknown>;
}

const SDKS: readonly Sdk[] = [
  {
    name: 'OpenAI',
    ask: (baseURL, options) =>
      new OpenAI({ apiKey: 'sk-secret', baseURL, maxRetries: 0, logLevel: 'off' }).chat.completions.create(
        { model: 'm', messages: [] },
        options,
      ),
  },
  {
    name: 'Anthropic',
    ask: (baseURL, options) =>
      new Anthropic({ apiKey: 'sk-secret', baseURL, maxRetries: 0, logLevel: 'off' }).messages.create(
        { model: 'm', messages: [], max_tokens: 1 },
        options,
      ),
  },
];

/** A server that takes every request and answers none. */
const silentServer = () => startLocalServer(() => {});

/** The fault of what an SDK really throws. */
async function faultOf(asked: Promise<unknown>): Promise<GatewayError> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  return toSdkFault(error, KEY);
}

describe.each(SDKS)('what the SDK of $name throws', ({ ask }) => {
  it('where nobody listens is a provider that cannot be reached', async () => {
    expect(await faultOf(ask(await closedAddress()))).toMatchObject({
      code: 'upstream_unreachable',
      retryable: true,
    });
  });

  it('when the client has gone is the client’s doing, before the request and within it', async () => {
    expect((await faultOf(ask(await silentServer(), { signal: AbortSignal.abort() }))).code).toBe(
      'client_closed_request',
    );
    const client = new AbortController();
    const url = await startLocalServer(() => client.abort());
    expect((await faultOf(ask(url, { signal: client.signal }))).code).toBe('client_closed_request');
  });

  it('when its time is over is a timeout', async () => {
    expect(await faultOf(ask(await silentServer(), { timeout: 20 }))).toMatchObject({
      code: 'upstream_timeout',
      status: 504,
    });
  });

  it('says nothing of key or address', async () => {
    const { message } = await faultOf(ask(await closedAddress()));
    expect(message).not.toMatch(/sk-secret|127\.0\.0\.1/);
  });
});

describe('what the SDK of Google throws', () => {
  const ask = (baseUrl: string, options: { signal?: AbortSignal } = {}) =>
    new google.GoogleGenerativeAI('sk-secret')
      .getGenerativeModel({ model: 'm' }, { baseUrl })
      .generateContent('Hi', options);

  it('when the client has gone is the client’s doing', async () => {
    const client = new AbortController();
    const url = await startLocalServer(() => client.abort());
    expect((await faultOf(ask(url, { signal: client.signal }))).code).toBe('client_closed_request');
  });

  it('of an answer that is none is a provider that could not be understood or reached, with nothing of its text', async () => {
    const url = await startLocalServer((_request, response) => response.writeHead(503).end(SECRET));
    const fault = await faultOf(ask(url));
    expect(fault).toMatchObject({ code: 'upstream_unreachable', retryable: true });
    expect(fault.message).not.toContain('secret');
  });
});
