import { describe, expect, it } from 'vitest';
import { GeneratedSoFar } from '../generated.ts';

describe('what is generated', () => {
  it('is kept up to 256 Ki characters, and its length is known beyond', () => {
    const generated = new GeneratedSoFar();
    generated.add(0, 'begin ');
    generated.add(0, 'x'.repeat(300_000));
    generated.add(0, 'end');
    const { texts, length } = generated.read();
    expect(length).toBe(300_009);
    expect(texts).toHaveLength(1);
    expect(texts[0]).toHaveLength(262_144);
    expect(texts[0]?.startsWith('begin xxx')).toBe(true);
    expect(texts[0]).not.toContain('end');
  });

  it('is kept apart by choice, in whatever order its pieces come', () => {
    const generated = new GeneratedSoFar();
    for (const [choice, piece] of [
      [0, 'un'],
      [1, 'counter'],
      [0, 'believable'],
      [1, ''],
    ] as const)
      generated.add(choice, piece);
    expect(generated.read()).toEqual({ texts: ['unbelievable', 'counter'], length: 19, calls: 0 });
  });

  it('shares its bound among the choices', () => {
    const generated = new GeneratedSoFar();
    generated.add(0, 'x'.repeat(200_000));
    generated.add(1, 'y'.repeat(200_000));
    expect(generated.read().texts.map(({ length }) => length)).toEqual([200_000, 62_144]);
    expect(generated.read().length).toBe(400_000);
  });

  it('knows how many calls are among it', () => {
    const generated = new GeneratedSoFar();
    generated.addCalls(1);
    generated.addCalls(0);
    generated.addCalls(2);
    expect(generated.read().calls).toBe(3);
  });
});
