import { GatewayError } from '../core/gateway-error.ts';

/**
 * What a failure of Express's body parsers or router means; undefined for any other error. They carry a status of
 * their own, and the parsers a `type` as well.
 */
export function toBodyError(error: unknown): GatewayError | undefined {
  if (!(error instanceof Error) || error instanceof GatewayError || !('status' in error)) return undefined;
  if (typeof error.status !== 'number' || error.status < 400 || error.status >= 500) return undefined;
  const type = 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    const limit = 'limit' in error ? ` than ${error.limit} bytes` : '';
    return new GatewayError('request_too_large', `The request body is larger${limit}.`);
  }
  if (type === 'entity.parse.failed') {
    return new GatewayError('invalid_json', 'The request body is not valid JSON.', { cause: error });
  }
  if (type === 'encoding.unsupported') {
    return new GatewayError('unsupported_encoding', 'The content-encoding of the request is not supported.');
  }
  if (type === 'request.aborted') {
    return new GatewayError('request_aborted', 'The request ended before its body.', { cause: error });
  }
  return new GatewayError('invalid_body', 'The request cannot be read.', { cause: error });
}
