import { describe, expect, it } from 'vitest';
import { removeTags } from '../remove-tags.ts';

describe('removed tags', () => {
  it.each([
    ['a<x>b</x>c', 'ac'],
    ['<x>b</x> a <X>c\nd</X>', 'a'],
    ['a<x kind="y">b</x >c', 'ac'],
    ['a<xy>b</xy>c', 'a<xy>b</xy>c'],
    ['a<x>b', 'a<x>b'],
    ['a</x>b<x>c</x>', 'a</x>b'],
    ['  a  ', 'a'],
    ['a < x > b', 'a < x > b'],
  ])('make of %j this: %j', (text, without) => {
    expect(removeTags(text, ['x'])).toBe(without);
  });

  it('are all that are named', () => {
    expect(removeTags('<a>1</a>2<system-reminder>3</system-reminder>', ['a', 'system-reminder'])).toBe('2');
  });

  it('are found in a text of many that are never closed', () => {
    const text = '<x>'.repeat(200_000);
    expect(removeTags(text, ['x'])).toBe(text);
  });
});
