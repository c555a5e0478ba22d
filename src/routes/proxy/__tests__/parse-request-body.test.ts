import { describe, expect, it } from 'vitest';
import { parseRequestBody } from '../parse-request-body.ts';

const parse = (text: string) => parseRequestBody(Buffer.from(text));
const refusal = (code: string) => expect.objectContaining({ code, status: 400 });

/** A body nested this deep, its outer object counted. */
const nested = (depth: number, open: string, close: string, inner = '1') =>
  `{"a":${open.repeat(depth - 1)}${inner}${close.repeat(depth - 1)}}`;

describe('parseRequestBody', () => {
  it('gives the object as it is', () => {
    const text = '{"model":"gpt","temperature":0,"unknown":{"a":[null,true,"x",1.5e3]},"__proto__":{"b":1}}';
    expect(JSON.stringify(parse(text))).toBe(text.replace('1.5e3', '1500'));
  });

  it.each([
    ['nothing', ''],
    ['half an object', '{"model":'],
    ['single quotes', "{'model':'gpt'}"],
    ['a form', 'model=gpt'],
    ['an open string', '{"model":"gpt'],
    ['too many brackets closed', '{}}'],
    ['brackets closed before they open', ']]]{"a":1}'],
    ['a comma at the end', '{"a":1,}'],
  ])('refuses %s as no JSON', (_, text) => {
    expect(() => parse(text)).toThrow(refusal('invalid_json'));
  });

  it.each([['[]'], ['null'], ['"text"'], ['1'], ['true'], ['[{"model":"gpt"}]']])(
    'refuses %s as no object',
    (text) => {
      expect(() => parse(text)).toThrow(refusal('invalid_body'));
    },
  );

  it('tells nothing of the body in its refusal', () => {
    expect(() => parse('{"secret prompt"')).not.toThrow(/secret/);
    expect(() => parse('{"secret prompt"')).toThrow();
  });
});

describe('nesting', () => {
  it.each([
    ['arrays', '[', ']', '1'],
    ['objects', '{"a":', '}', '1'],
    ['both', '[{"a":', '}]', '1'],
    ['empty arrays', '[', ']', ''],
  ])('of %s may be 200 levels deep and no more', (name, open, close, inner) => {
    const levels = name === 'both' ? 2 : 1;
    const depth = (levelsDeep: number) => nested((levelsDeep - 1) / levels + 1, open, close, inner);
    expect(() => parse(depth(name === 'both' ? 199 : 200))).not.toThrow();
    expect(() => parse(depth(201))).toThrow(refusal('nesting_too_deep'));
  });

  it('is counted on the way down only: many neighbours are not deep', () => {
    expect(() => parse(`{"a":[${Array.from({ length: 1_000 }, () => '[{}]').join(',')}]}`)).not.toThrow();
  });

  it('is refused before the document is parsed, however large', () => {
    expect(() => parse('['.repeat(5_000_000))).toThrow(refusal('nesting_too_deep'));
  });

  const brackets = '[{'.repeat(300);
  it.each([
    ['plain', brackets],
    ['behind an escaped quote', `\\"${brackets}`],
    ['behind an escaped backslash and a quote', `\\\\\\"${brackets}`],
    ['behind a unicode escape', `\\u0022${brackets}`],
    ['behind a letter of several bytes', `é🔑${brackets}`],
  ])('does not count brackets inside a string: %s', (_, content) => {
    expect(() => parse(`{"a":"${content}"}`)).not.toThrow();
    expect(() => parse(`{"${content}":1}`)).not.toThrow();
  });

  it.each([
    ['a string that ends with an escaped backslash', '"\\\\"'],
    ['a string that ends with two escaped backslashes', '"\\\\\\\\"'],
    ['an empty string', '""'],
    ['a string with an escaped quote', '"\\""'],
  ])('counts brackets again behind %s', (_, text) => {
    const body = `{"a":${text},"b":${'['.repeat(200)}${']'.repeat(200)}}`;
    expect(() => JSON.parse(body)).not.toThrow();
    expect(() => parse(body)).toThrow(refusal('nesting_too_deep'));
  });

  it('agrees with the depth that JSON.parse finds, over a table of made-up bodies', () => {
    const strings = ['"["', '"\\"{"', '"\\\\"', '"]}"', '"x"', '""', '"\\u005b"'];
    for (let seed = 1; seed <= 400; seed += 1) {
      const depth = 195 + (seed % 10);
      let body = strings[seed % strings.length] ?? '""';
      for (let level = depth; level > 0; level -= 1) {
        const text = strings[(seed * level) % strings.length];
        const isArray = (seed + level) % 3 === 0 && level > 1;
        body = isArray ? `[${text},${body}]` : `{"k":${text},${text}:${body}}`;
      }
      if (depth <= 200) expect(() => parse(body)).not.toThrow();
      else expect(() => parse(body)).toThrow(refusal('nesting_too_deep'));
    }
  });
});
