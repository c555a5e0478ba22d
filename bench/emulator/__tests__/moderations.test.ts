import { describe, expect, it } from 'vitest';
import { emulate, post, startEmulator } from './test-emulator.ts';

const model = 'omni-moderation-latest';

async function moderate(input: unknown, fields: object = {}) {
  const { status, text } = await post(await startEmulator(), '/moderations', { model, input, ...fields });
  const document: unknown = JSON.parse(text);
  return { status, document };
}

describe('moderations', () => {
  it('judge each text', async () => {
    const { document } = await moderate(['a banyan', 'an axe to you']);
    expect(document).toMatchObject({
      id: expect.stringMatching(/^modr-/),
      model,
      results: [
        { flagged: false, categories: { violence: false, 'self-harm/intent': false } },
        {
          flagged: true,
          categories: { violence: true, hate: false },
          category_scores: { violence: 0.93 },
          category_applied_input_types: { violence: ['text'], hate: [] },
        },
      ],
    });
  });

  it('judge the parts of a message together', async () => {
    const image = { type: 'image_url', image_url: { url: 'https://images.example/fig.png' } };
    const { document } = await moderate([{ type: 'text', text: 'an axe' }, image]);
    expect(document).toMatchObject({ results: [{ flagged: true }] });
  });

  it.each([
    ['no input', undefined, {}, 'input'],
    ['an empty list', [], {}, 'input'],
    ['an unknown parameter', 'a', { vendor: 1 }, 'vendor'],
  ])('refuse %s', async (_name, input, fields, param) => {
    const { status, document } = await moderate(input, fields);
    expect(status).toBe(400);
    expect(document).toMatchObject({ error: { param } });
  });

  it('fail as a directive says', async () => {
    expect((await moderate(['a', emulate({ status: 429 })])).status).toBe(429);
  });
});
