import { describe, expect, it } from 'vitest';
import {
  flattenExtraBody,
  invalidValue,
  isUnset,
  parseToolArguments,
  readDataUrl,
  requireDataUrl,
  stopSequences,
  unsupported,
  withoutUnset,
} from '../request-fields.ts';
import { refusalOf } from './refusal.ts';

describe('a refused field', () => {
  it('is named, with the provider and what to do instead', () => {
    const fault = unsupported('n', 'Anthropic', 'Send the request several times instead.');
    expect(fault).toMatchObject({ code: 'unsupported_parameter', status: 400, param: 'n', retryable: false });
    expect(fault.message).toBe("'n' is not supported by Anthropic. Send the request several times instead.");
    expect(unsupported('seed', 'Anthropic').message).toBe("'seed' is not supported by Anthropic.");
  });

  it('is named with what is wrong with its value', () => {
    const fault = invalidValue('tools', 'must be a list');
    expect(fault).toMatchObject({ code: 'invalid_value', status: 400, param: 'tools' });
    expect(fault.message).toBe("'tools' must be a list.");
  });
});

describe('a field that says nothing', () => {
  it('is one that is null or not there', () => {
    expect([null, undefined, false, 0, '', []].map((value) => isUnset(value))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('is left out, and whatever is merely falsy stays', () => {
    expect(withoutUnset({ a: null, b: undefined, c: 0, d: false, e: '' })).toEqual({
      c: 0,
      d: false,
      e: '',
    });
  });
});

describe('extra_body', () => {
  it('is put at the top, where fields that stand there already win', () => {
    const body = { model: 'm', top_k: 1, extra_body: { top_k: 2, thinking: { type: 'adaptive' } } };
    expect(flattenExtraBody(body)).toEqual({ model: 'm', top_k: 1, thinking: { type: 'adaptive' } });
  });

  it('is left out where it is no object, and its absence costs no copy', () => {
    expect(flattenExtraBody({ model: 'm', extra_body: null })).toEqual({ model: 'm' });
    expect(flattenExtraBody({ model: 'm', extra_body: 'x' })).toEqual({ model: 'm' });
    const plain = { model: 'm' };
    expect(flattenExtraBody(plain)).toBe(plain);
  });
});

describe('the arguments of a call', () => {
  it.each([
    ['{"city":"Oslo"}', { city: 'Oslo' }],
    ['', {}],
    [null, {}],
    [undefined, {}],
    ['{}', {}],
  ])('%j are %j', (text, parsed) => {
    expect(parseToolArguments(text, 'at')).toEqual(parsed);
  });

  it.each([['{"ci'], ['[1]'], ['"text"'], ['null'], ['1'], [5], [{ city: 'Oslo' }]])(
    '%j are refused',
    (text) => {
      expect(
        refusalOf(() => parseToolArguments(text, 'messages[1].tool_calls[0].function.arguments')),
      ).toEqual({
        code: 'invalid_value',
        status: 400,
        param: 'messages[1].tool_calls[0].function.arguments',
        message: "'messages[1].tool_calls[0].function.arguments' must be a JSON object in a string.",
      });
    },
  );
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a data URL', () => {
  it.each([
    ['data:image/png;base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
    ['data:text/plain;charset=utf-8;base64,QUE=', { mediaType: 'text/plain', data: 'QUE=' }],
    ['data:image/png;base64,', { mediaType: 'image/png', data: '' }],
    ['data:image/png;base64,AA\nAA', { mediaType: 'image/png', data: 'AA\nAA' }],
    ['https://images.example/a.png', undefined],
    ['DATA:image/png;BASE64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
    ['data:;base64,AAAA', { mediaType: 'text/plain', data: 'AAAA' }],
    ['data:text/plain,a%2Cb c', { mediaType: 'text/plain', data: base64('a,b c') }],
    ['data:,100%', { mediaType: 'text/plain', data: base64('100%') }],
    [
      'data:image/svg+xml;utf8,<svg fill="#fff">é</svg>',
      { mediaType: 'image/svg+xml', data: base64('<svg fill="#fff">é</svg>') },
    ],
    ['data:application/octet-stream,%FF', { mediaType: 'application/octet-stream', data: '/w==' }],
    ['data:image/png', undefined],
    ['', undefined],
  ])('%j is read as %j', (url, read) => {
    expect(readDataUrl(url)).toEqual(read);
  });

  it('that cannot be read is refused, and named', () => {
    expect(
      refusalOf(() => requireDataUrl('data:image/png', 'messages[0].content[1].image_url.url')),
    ).toMatchObject({ code: 'invalid_value', param: 'messages[0].content[1].image_url.url' });
  });
});

describe('stop sequences', () => {
  it.each([
    ['END', ['END']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [[], []],
    [null, undefined],
    [undefined, undefined],
  ])('%j are %j', (stop, list) => {
    expect(stopSequences(stop)).toEqual(list);
  });
});
