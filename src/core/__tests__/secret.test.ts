import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';

const VALUE = 'sk-live-0123456789';
const secret = new Secret(VALUE);

const PRINTED: readonly (readonly [string, string])[] = [
  ['JSON.stringify', JSON.stringify({ secret, list: [secret] })],
  ['a template string', `${secret}`],
  ['String', String(secret)],
  ['concatenation', `key ${String(secret)}`],
  ['util.inspect', inspect({ secret })],
  ['util.inspect of hidden fields', inspect(secret, { showHidden: true, depth: null })],
  ['util.inspect without custom inspection', inspect(secret, { customInspect: false, showHidden: true })],
  ['util.format', format('%s %o %O %j', secret, secret, secret, secret)],
  ['its own keys', JSON.stringify(Object.getOwnPropertyNames(secret))],
  ['a copy of its fields', JSON.stringify({ ...secret })],
];

describe('Secret', () => {
  it('gives its value to whoever asks for it', () => {
    expect(secret.reveal()).toBe(VALUE);
  });

  it.each(PRINTED)('shows nothing of its value in %s', (_, text) => {
    expect(text).not.toContain(VALUE);
    expect(text).not.toContain('0123');
  });

  it.each(PRINTED.slice(0, 6))('shows a placeholder in %s', (_, text) => {
    expect(text).toContain('[redacted]');
  });
});
