import { describe, expect, it } from 'vitest';
import { meaningOfStatus } from '../provider-status.ts';

describe('a provider’s status', () => {
  it.each([
    [400, 'invalid_request_error', 'invalid_request', false],
    [401, 'authentication_error', 'invalid_api_key', false],
    [402, 'billing_error', 'insufficient_quota', false],
    [403, 'permission_error', 'access_denied', false],
    [404, 'invalid_request_error', 'not_found', false],
    [408, 'timeout_error', 'timeout', true],
    [409, 'conflict_error', 'conflict', true],
    [412, 'invalid_request_error', 'precondition_failed', false],
    [413, 'invalid_request_error', 'request_too_large', false],
    [422, 'invalid_request_error', 'unprocessable_request', false],
    [429, 'rate_limit_error', 'rate_limit_exceeded', true],
    [431, 'invalid_request_error', 'request_headers_too_large', false],
    [499, 'invalid_request_error', 'client_closed_request', false],
    [500, 'api_error', 'internal_server_error', true],
    [501, 'api_error', 'not_implemented', false],
    [502, 'api_error', 'bad_gateway', true],
    [503, 'api_error', 'service_unavailable', true],
    [504, 'timeout_error', 'timeout', true],
    [529, 'overloaded_error', 'overloaded', true],
  ])('%i means %s with the code %s; may the request be sent again: %s', (status, type, code, retryable) => {
    expect(meaningOfStatus(status)).toEqual({ type, code, retryable });
  });

  it.each([0, 200, 301, 418, 451, 505, 599, 999])(
    '%i means no more than that the provider failed',
    (status) => {
      expect(meaningOfStatus(status)).toEqual({
        type: 'api_error',
        code: 'upstream_error',
        retryable: false,
      });
    },
  );
});
