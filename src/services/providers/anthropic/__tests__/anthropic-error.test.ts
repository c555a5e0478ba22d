import { describe, expect, it } from 'vitest';
import { readAnthropicError } from '../anthropic-error.ts';

describe('Anthropic’s error', () => {
  it('is read in OpenAI’s terms', () => {
    const error = { type: 'rate_limit_error', message: 'Slow down' };
    expect(readAnthropicError({ type: 'error', error, request_id: 'req_1' })).toEqual({
      message: 'Slow down',
      type: 'rate_limit_error',
      param: null,
      code: null,
    });
  });

  it('may lack what it should have', () => {
    expect(readAnthropicError({ error: { type: 5 } })).toEqual({
      message: 'The provider gave no reason.',
      type: null,
      param: null,
      code: null,
    });
  });

  it.each([[undefined], [null], ['text'], [[]], [{}], [{ error: 'text' }], [{ error: null }]])(
    'is none in %j',
    (document) => {
      expect(readAnthropicError(document)).toBeUndefined();
    },
  );
});
