import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postChat } from '../../support/emulated-gateway.ts';
import { WAYS } from '../regressions/accounts.ts';
import { completion, type RoutedGateway, startRoutedGateway } from './routed-gateway.ts';

const ruled = (name: string, rule: object) => ({
  name,
  provider: 'first',
  model_identifier: `${name}-2024`,
  prompt_config: rule,
});

let gateway: RoutedGateway;
beforeAll(async () => {
  gateway = await startRoutedGateway([
    {
      models: [
        ruled('prepended', { operationType: 'prepend', templateContent: 'Today is {{date}}.' }),
        ruled('replaced', { operationType: 'replace', templateContent: 'Translate: {{user_prompt}}' }),
        ruled('instructed', { operationType: 'system', systemMessage: 'Be brief.' }),
        ruled('once', { operationType: 'prepend', templateContent: 'First of all:', injectOnce: true }),
        { name: 'untouched', provider: 'second' },
        ...WAYS.map(([, key]) =>
          ruled(`first-${key}`, { operationType: 'system', systemMessage: 'Be brief.' }),
        ),
      ],
      // Each way has a first target of its own, as what fails has its breaker opened.
      virtual_models: WAYS.map(([, key]) => ({
        name: `smart-${key}`,
        strategy: 'fallback',
        targets: [{ model: `first-${key}` }, { model: 'untouched' }],
      })),
    },
  ]);
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.first.answerJson(completion('done'));
  gateway.second.answerJson(completion('done'));
});

const picture = { type: 'image_url', image_url: { url: 'https://pictures.example/1.png' } };
const hello = { role: 'user', content: 'Hello' };

describe.each(WAYS)('a rule for a model’s prompts on %s', (_way, key) => {
  /** What the provider gets. */
  async function sent(model: string, body: object, path = '/v1/chat/completions') {
    await (await postChat(gateway, { key, path, body: { model, ...body } })).arrayBuffer();
    return gateway.first.requests.at(-1)?.body ?? {};
  }

  it('puts its text before that of the user, and the pictures stay', async () => {
    const content = [picture, { type: 'text', text: 'What is this?' }];
    const { messages } = await sent('prepended', { messages: [{ role: 'user', content }] });
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          picture,
          { type: 'text', text: expect.stringMatching(/^Today is \d{4}-\d\d-\d\d\.\n\nWhat is this\?$/) },
        ],
      },
    ]);
  });

  it('puts its text in place of the user’s, only in the last message of theirs', async () => {
    const answer = { role: 'assistant', content: 'Hello!' };
    const { messages } = await sent('replaced', {
      messages: [hello, answer, { role: 'user', content: 'Bonjour' }],
    });
    expect(messages).toEqual([hello, answer, { role: 'user', content: 'Translate: Bonjour' }]);
  });

  it('sets the system message', async () => {
    const { messages } = await sent('instructed', { messages: [hello] });
    expect(messages).toEqual([{ role: 'system', content: 'Be brief.' }, hello]);
  });

  it('sets the instructions of responses', async () => {
    const { instructions, input } = await sent('instructed', { input: 'Hello' }, '/v1/responses');
    expect([instructions, input]).toEqual(['Be brief.', 'Hello']);
  });

  it('is for the first message of a conversation only, where that is set', async () => {
    expect((await sent('once', { messages: [hello] })).messages).toEqual([
      { role: 'user', content: 'First of all:\n\nHello' },
    ]);
    const longer = [hello, { role: 'assistant', content: 'Hello!' }, hello];
    expect((await sent('once', { messages: longer })).messages).toEqual(longer);
  });

  it('is of the target that it belongs to: the next one gets what the client sent (R5)', async () => {
    gateway.first.answerJson({ error: { message: 'not now' } }, 429);
    const { messages } = await sent(`smart-${key}`, { messages: [hello] });
    expect(messages).toEqual([{ role: 'system', content: 'Be brief.' }, hello]);
    expect(gateway.second.requests.map(({ body }) => body.messages)).toEqual([[hello]]);
  });
});
