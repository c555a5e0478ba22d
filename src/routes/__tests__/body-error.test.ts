import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../core/gateway-error.ts';
import { toBodyError } from '../body-error.ts';

const failure = (fields: object) => Object.assign(new Error('inner text'), fields);

describe('toBodyError', () => {
  it.each([
    ['request_too_large', { status: 413, type: 'entity.too.large', limit: 1024 }],
    ['invalid_json', { status: 400, type: 'entity.parse.failed' }],
    ['unsupported_encoding', { status: 415, type: 'encoding.unsupported' }],
    ['request_aborted', { status: 400, type: 'request.aborted' }],
    ['invalid_body', { status: 400, type: 'request.size.invalid' }],
    ['invalid_body', { status: 400 }],
  ])('calls it %s for %j, without its text', (code, fields) => {
    const error = toBodyError(failure(fields));
    expect(error?.code).toBe(code);
    expect(error?.message).not.toContain('inner');
  });

  it('names the limit where it is known', () => {
    const error = toBodyError(failure({ status: 413, type: 'entity.too.large', limit: 1024 }));
    expect(error?.message).toContain('1024 bytes');
    expect(toBodyError(failure({ status: 413, type: 'entity.too.large' }))?.message).not.toContain(
      'undefined',
    );
  });

  it.each([
    ['an error without status', new Error('inner')],
    ['a fault of the server', failure({ status: 500 })],
    ['a status that is none', failure({ status: '400' })],
    ['a redirect', failure({ status: 302 })],
    ['one of ours', new GatewayError('not_found', 'No.')],
    ['no error', { status: 400 }],
  ])('has nothing to say of %s', (_, error) => {
    expect(toBodyError(error)).toBeUndefined();
  });
});
