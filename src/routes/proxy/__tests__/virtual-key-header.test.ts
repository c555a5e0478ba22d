import { describe, expect, it } from 'vitest';
import { invalidKey, isKeyShaped, readPresentedKeys } from '../virtual-key-header.ts';

describe('readPresentedKeys', () => {
  it.each([
    ['Authorization with Bearer', { authorization: 'Bearer vk-1' }],
    ['bearer in small letters', { authorization: 'bearer vk-1' }],
    ['several spaces', { authorization: 'Bearer   vk-1 ' }],
    ['Authorization, bare', { authorization: 'vk-1' }],
    ['the Anthropic clients’ header', { 'x-api-key': 'vk-1' }],
    ['the Google clients’ header', { 'x-goog-api-key': 'vk-1' }],
    ['another of theirs', { 'x-google-api-key': 'vk-1' }],
    ['the Portkey client’s header', { 'x-portkey-api-key': 'vk-1' }],
    ['spaces round it', { 'x-api-key': ' vk-1 ' }],
    ['an empty Authorization beside another header', { authorization: '', 'x-api-key': 'vk-1' }],
    ['Bearer alone beside another header', { authorization: 'Bearer', 'x-api-key': 'vk-1' }],
    ['Bearer and a space beside another header', { authorization: 'Bearer ', 'x-goog-api-key': 'vk-1' }],
  ])('N4 takes the key from %s', (_, headers) => {
    expect(readPresentedKeys(headers)).toEqual(['vk-1']);
  });

  it('gives all of them in the order of the contract', () => {
    const all = {
      'x-portkey-api-key': 'four',
      'x-goog-api-key': 'three',
      'x-api-key': 'two',
      authorization: 'Bearer one',
    };
    expect(readPresentedKeys(all)).toEqual(['one', 'two', 'three', 'four']);
    expect(readPresentedKeys({ ...all, 'x-api-key': ' ' })).toEqual(['one', 'three', 'four']);
  });

  it('takes a key that begins with the word Bearer for what it is', () => {
    expect(readPresentedKeys({ authorization: 'Bearerkey' })).toEqual(['Bearerkey']);
  });

  it.each([
    ['no header', {}],
    ['an empty one', { authorization: '' }],
    ['a blank one', { 'x-api-key': '  ' }],
    ['Bearer without a key', { authorization: 'Bearer ' }],
    ['a header of another name', { 'api-key': 'vk-1', 'x-portkey-virtual-key': 'vk-1' }],
  ])('misses the key where there is %s', (_, headers) => {
    const missing = expect.objectContaining({ code: 'missing_authorization', status: 401 });
    expect(() => readPresentedKeys(headers)).toThrow(missing);
  });
});

describe('isKeyShaped', () => {
  it.each([['vk-1'], ['sk_live.0/9+a=~!'], ['k'.repeat(512)]])('takes %s', (text) => {
    expect(isKeyShaped(text)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a space within', 'Basic dXNlcjpwYXNz'],
    ['a line end within', 'a\nb'],
    ['a line end behind', 'a\n'],
    ['letters beyond ASCII', 'schlüssel'],
    ['two values', 'a, b'],
    ['more than 512 characters', 'k'.repeat(513)],
  ])('does not take %s', (_, text) => {
    expect(isKeyShaped(text)).toBe(false);
  });
});

it('every key that is not known gets the same answer', () => {
  expect(invalidKey()).toMatchObject({ code: 'invalid_api_key', status: 401 });
});
