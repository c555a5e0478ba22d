import { expect, it } from 'vitest';
import { KeptText } from '../kept-text.ts';

it('a text is kept up to 256 Ki characters, and its length is known beyond', () => {
  const text = new KeptText();
  text.add('begin ');
  text.add('x'.repeat(300_000));
  text.add('end');
  expect(text.length).toBe(300_009);
  expect(text.beginning).toHaveLength(262_144);
  expect(text.beginning.startsWith('begin xxx')).toBe(true);
  expect(text.beginning).not.toContain('end');
});
