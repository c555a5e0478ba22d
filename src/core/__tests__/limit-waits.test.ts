import { describe, expect, it } from 'vitest';
import { limitWaits } from '../limit-waits.ts';

async function collect(source: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const chunk of source) all.push(chunk);
  return all;
}

async function* chunks(...given: string[]): AsyncGenerator<string, void, undefined> {
  yield* given;
}

/** Gives its chunks, then nothing more for ever; says whether it was let go. */
function hanging(...given: readonly string[]): AsyncIterable<string> & { readonly isReleased: boolean } {
  const left = [...given];
  let isReleased = false;
  return {
    get isReleased() {
      return isReleased;
    },
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const value = left.shift();
        return value === undefined
          ? new Promise<never>(() => {})
          : Promise.resolve({ value, done: false as const });
      },
      return: () => {
        isReleased = true;
        return Promise.resolve({ value: undefined, done: true as const });
      },
    }),
  };
}

const release = () => {};

describe('limitWaits', () => {
  it('gives everything where nothing takes too long', async () => {
    expect(await collect(limitWaits(chunks('a', 'b'), () => 10_000, release))).toEqual(['a', 'b']);
  });

  it('waits for ever where there is no limit', async () => {
    expect(await collect(limitWaits(chunks('a'), () => undefined, release))).toEqual(['a']);
  });

  it('ends a source that falls silent, and lets go of it', async () => {
    const source = hanging('a');
    await expect(collect(limitWaits(source, () => 20, release))).rejects.toMatchObject({
      code: 'upstream_timeout',
    });
    expect(source.isReleased).toBe(true);
  });

  it('asks for the limit before each chunk', async () => {
    const asked: number[] = [];
    await collect(limitWaits(chunks('a', 'b'), () => asked.push(1) && 10_000, release));
    expect(asked).toHaveLength(3);
  });

  it('lets go of the source when its reader leaves', async () => {
    const source = hanging('a', 'b');
    for await (const _ of limitWaits(source, () => 10_000, release)) break;
    expect(source.isReleased).toBe(true);
  });

  it('passes on what the source throws', async () => {
    async function* failing() {
      yield 'a';
      throw new Error('reset');
    }
    await expect(collect(limitWaits(failing(), () => 10_000, release))).rejects.toThrow('reset');
  });
});
