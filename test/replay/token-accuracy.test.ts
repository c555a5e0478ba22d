import { describe, expect, it } from 'vitest';
import { HAS_RECORDINGS, MISSING_RECORDINGS } from '../support/recordings.ts';
import { type CountedRecording, countRecordings } from './count-recordings.ts';

const COUNTED = await countRecordings();
const PLAIN = COUNTED.filter(({ isPlainOpenAI }) => isPlainOpenAI);
const OTHERS = COUNTED.filter(({ isPlainOpenAI }) => !isPlainOpenAI);

/** One token, or one in a hundred. */
function toleranceOf(stated: number): number {
  return Math.max(1, stated / 100);
}

function off(own: number | undefined, stated: number): string {
  if (own === undefined) return `-/${stated}`;
  const percent = stated === 0 ? '' : ` ${(((own - stated) / stated) * 100).toFixed(1)} %`;
  return `${own}/${stated}${percent}`;
}

function rowOf({ name, origin, model, stated, own }: CountedRecording): string {
  const thought = stated.reasoning > 0 ? `thought ${stated.reasoning}` : '';
  return [
    name.padEnd(66),
    origin.padEnd(9),
    model.padEnd(28),
    off(own.prompt, stated.prompt).padEnd(18),
    off(own.completion, stated.completion).padEnd(18),
    thought,
  ].join(' ');
}

describe.skipIf(!HAS_RECORDINGS)(`the local count of tokens${MISSING_RECORDINGS}`, () => {
  it('has recordings of text by OpenAI’s models to be held to', () => {
    expect(PLAIN.length).toBeGreaterThan(10);
    expect(PLAIN.filter(({ own }) => own.prompt !== undefined).length).toBeGreaterThan(10);
  });

  it.each(PLAIN)('is OpenAI’s, by a token or one in a hundred: $name', ({ own, stated }) => {
    const { prompt = stated.prompt, completion } = own;
    expect(Math.abs(prompt - stated.prompt), off(own.prompt, stated.prompt)).toBeLessThanOrEqual(
      toleranceOf(stated.prompt),
    );
    expect(Math.abs(completion - stated.completion), off(completion, stated.completion)).toBeLessThanOrEqual(
      toleranceOf(stated.completion),
    );
  });

  it('is an estimate elsewhere, which is printed', () => {
    expect(OTHERS).not.toEqual([]);
    process.stdout.write(
      [
        'Local count/stated count of prompt and completion, where other models, tools, schemas, pictures or thoughts',
        'are counted; what a model thought is part of the stated completion, and seldom of its text:',
        ...OTHERS.map(rowOf),
        `${OTHERS.length} recordings, beside ${PLAIN.length} that are held to one token or one in a hundred.\n`,
      ].join('\n'),
    );
  });
});
