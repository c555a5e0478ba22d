import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, GatewayError, toGatewayError } from '../gateway-error.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('GatewayError', () => {
  it('has status, retryability and outcome of its code', () => {
    const error = new GatewayError('upstream_timeout', 'Too late.');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'GatewayError',
      code: 'upstream_timeout',
      message: 'Too late.',
      status: 504,
      retryable: true,
      outcome: 'timeout',
      param: undefined,
      retryAfterSeconds: undefined,
    });
  });

  it('keeps parameter, waiting time and cause', () => {
    const cause = new Error('socket');
    const error = new GatewayError('draining', 'Bye.', { param: 'model', retryAfterSeconds: 3, cause });
    expect(error).toMatchObject({ param: 'model', retryAfterSeconds: 3, cause });
  });

  it('has no cause where none was given', () => {
    expect('cause' in new GatewayError('not_found', 'No.')).toBe(false);
  });

  it("gives the client OpenAI's error shape, with null for what is not known, and no cause", () => {
    const error = new GatewayError('empty_array', 'Empty.', { param: 'messages', cause: new Error('inner') });
    expect(error.toBody()).toEqual({
      error: { message: 'Empty.', type: 'invalid_request_error', param: 'messages', code: 'empty_array' },
    });
    expect(new GatewayError('not_found', 'No.').toBody().error.param).toBeNull();
  });

  it.each(CODES)('%s has a status, a type and an outcome that go together', (code) => {
    const error = new GatewayError(code, 'text');
    const { type } = error.toBody().error;
    if (error.status < 500) expect(error.outcome).toMatch(/^(client_error|client_abort|rate_limited)$/);
    else expect(error.outcome).toMatch(/^(gateway_error|upstream_error|truncated|timeout)$/);
    expect(['api_error', 'service_unavailable'].includes(type)).toBe(error.status >= 500);
    expect(type === 'authentication_error').toBe(error.status === 401);
    expect(['permission_error', 'access_denied'].includes(type)).toBe(error.status === 403);
    expect(['rate_limit_error', 'insufficient_quota'].includes(type)).toBe(error.status === 429);
    expect(error.outcome === 'timeout').toBe(error.status === 504);
  });

  it.each(CODES.filter((code) => new GatewayError(code, '').status < 429))(
    'nobody is told to send %s again as it is',
    (code) => {
      expect(new GatewayError(code, '').retryable).toBe(false);
    },
  );
});

describe('toGatewayError', () => {
  it('gives one of ours back as it is', () => {
    const error = new GatewayError('forbidden', 'No.');
    expect(toGatewayError(error)).toBe(error);
  });

  it.each([[new TypeError('secret detail')], ['secret detail'], [undefined]])(
    'hides the text of %s behind an internal error that keeps it as cause',
    (thrown) => {
      const error = toGatewayError(thrown);
      expect(error.code).toBe('internal_error');
      expect(error.status).toBe(500);
      expect(error.message).not.toContain('secret detail');
      expect(error.cause).toBe(thrown);
    },
  );
});
