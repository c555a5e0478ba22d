import { describe, expect, it } from 'vitest';
import { type CountWords, createEncodings } from '../encodings.ts';
import { estimateTexts, RequestCount } from '../request-count.ts';

const KIBI = 1024;
const encoding = createEncodings();

async function count(texts: readonly string[], name: Parameters<typeof encoding>[0] = 'o200k_base') {
  return new RequestCount(await encoding(name)).countTexts(texts);
}

/** A tokenizer with a token for each character, that notes what it was given. */
function scriptedWords() {
  const given: string[] = [];
  const countWords: CountWords = function* words(text) {
    given.push(text);
    yield text.length;
  };
  return { given, countWords, looked: () => given.reduce((sum, { length }) => sum + length, 0) };
}

describe('a text', () => {
  it('may have the vocabulary’s control tokens in it', async () => {
    expect(await count(['<|endoftext|>'])).toBeGreaterThan(1);
  });

  it.each([
    ['prose', 'Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich. '.repeat(200)],
    ['a language without spaces', '我们在这里写一句没有空格的话，然后再写一句。'.repeat(200)],
    ['code', '  if (a !== b) { return [...c, d(e)]; }\n'.repeat(200)],
    ['base64', Buffer.from('any bytes there are, 0123456789').toString('base64').repeat(100)],
    ['rules and indents', `${'-'.repeat(120)}\n${' '.repeat(80)}x\n`.repeat(50)],
  ])('that is ordinary is counted exactly: %s', async (_, text) => {
    for (const name of ['o200k_base', 'cl100k_base', 'r50k_base'] as const) {
      const words = [...(await encoding(name))(text)];
      expect(await count([text], name), name).toBe(words.reduce((sum, tokens) => sum + tokens, 0));
    }
  });

  it.each([
    ['spaces', ' '],
    ['one letter', 'a'],
    ['letters of a token each', 'щ'],
    ['signs', '=/'],
    ['line breaks among slashes', '\n/'],
  ])('of 200,000 characters without a word’s end is counted nearly as a short one: %s', async (_, unit) => {
    const short = unit.repeat(4_000 / unit.length);
    const exact = [...(await encoding('o200k_base'))(short)].reduce((sum, tokens) => sum + tokens, 0);
    expect(await count([short.repeat(50)])).toBeGreaterThan(50 * exact * 0.95);
    expect(await count([short.repeat(50)])).toBeLessThan(50 * (exact + 20));
  });

  it('that is very long is counted in proportion', async () => {
    expect(await count(['word '.repeat(100_000)])).toBeCloseTo(100_000, -3);
  });

  it('that is very long is looked at in several places, as it may be of several kinds', async () => {
    const [blank, full] = [' '.repeat(150_000), 'щ'.repeat(150_000)];
    const counted = await count([blank + full]);
    expect(counted).toBeGreaterThan(100_000);
    expect(counted).toBeLessThan(200_000);
    expect(await count([full + blank])).toBe(counted);
  });
});

describe('a request', () => {
  it('of texts within the limits is looked at in whole', async () => {
    const { countWords, given } = scriptedWords();
    const texts = Array.from({ length: 4 }, (_, index) => `${index}`.repeat(250));
    expect(await new RequestCount(countWords).countTexts(texts)).toBe(1_000);
    expect(given).toEqual(texts);
  });

  it.each([
    ['many long texts', 160, 200_000],
    ['very many short texts', 200_000, 1],
  ])('of %s is looked at up to a limit, and counted in proportion beyond', async (_, texts, length) => {
    const { countWords, looked, given } = scriptedWords();
    const counted = await new RequestCount(countWords).countTexts(
      Array.from({ length: texts }, () => 'x'.repeat(length)),
    );
    expect(counted).toBe(texts * length);
    expect(looked()).toBeLessThan(66 * KIBI);
    expect(given.length).toBeLessThan(10_000);
  });

  it('that is counted in two steps has one limit for both', async () => {
    const { countWords, looked } = scriptedWords();
    const request = new RequestCount(countWords);
    expect(await request.countTexts(Array.from({ length: 9 }, () => 'x'.repeat(20_000)))).toBe(180_000);
    expect(await request.countTexts(['x'.repeat(4_000)])).toBe(1_000);
    expect(looked()).toBeLessThan(66 * KIBI);
  });

  it('has no tokens where it has no texts', async () => {
    expect(await count([])).toBe(0);
    expect(await count([''])).toBe(0);
    expect(estimateTexts([])).toBe(0);
  });

  it('lets the process do other work while it is counted', async () => {
    let isCounting = true;
    let turns = 0;
    const takeTurn = () => {
      turns += 1;
      if (isCounting) setImmediate(takeTurn);
    };
    await encoding('o200k_base');
    setImmediate(takeTurn);
    await count(Array.from({ length: 160 }, () => 'щ'.repeat(200_000)));
    isCounting = false;
    expect(turns).toBeGreaterThan(1);
  });
});
