import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import { KEYS, postChat } from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { WAYS } from '../regressions/accounts.ts';
import { ledgerOf } from '../regressions/ledger.ts';
import { completion, type RoutedGateway, startRoutedGateway } from './routed-gateway.ts';

const QUIET = 'vk-experts-quiet-01';

/** Classifiers are at the first provider, experts at the second. */
const experts = (name: string, classifier: string, more: object = {}, setting: object = {}) => ({
  name,
  strategy: 'expert',
  classifier: {
    model: classifier,
    prompt_template: 'Name the category as JSON.\n{{CONVERSATION_CONTEXT}}\n{{USER_PROMPT}}',
    ...setting,
  },
  experts: [
    { id: 'coder', category: "developer's code", model: 'code' },
    { id: 'poet', category: 'poetry', model: 'poems' },
    { id: 'slow', category: 'hasty', model: 'hasty' },
  ],
  ...more,
});

let gateway: RoutedGateway;
beforeAll(async () => {
  gateway = await startRoutedGateway(
    [
      {
        models: [
          { name: 'judge', provider: 'first', model_identifier: 'judge-2024' },
          { name: 'code', provider: 'second', model_identifier: 'code-2024' },
          { name: 'poems', provider: 'second', model_identifier: 'poems-2024' },
          { name: 'hasty', provider: 'second', model_identifier: 'hasty-2024', timeout: 150 },
        ],
        virtual_models: [
          { name: 'judges', strategy: 'fallback', targets: [{ model: 'judge' }] },
          experts('smart', 'judge', { fallback: { model: 'poems' } }),
          experts('strict', 'judge'),
          experts('bounded', 'judge', { fallback: { model: 'poems' } }, { timeout: 100 }),
          experts('structured', 'judges', {}, { enable_structured_output: true }),
        ],
      },
    ],
    {
      file: {
        virtual_keys: [
          { name: 'legacy', key: KEYS.legacy, path: 'legacy' },
          { name: 'litellm', key: KEYS.litellm, path: 'litellm' },
          { name: 'plain', key: KEYS.plain, path: 'litellm', compat: 'openai' },
          { name: 'quiet', key: QUIET, path: 'litellm', logging: false },
        ],
      },
    },
  );
});
afterAll(() => gateway.stop());
beforeEach(() => {
  classifyAs('{"type":"developer\'s code"}');
  gateway.second.answerJson(completion('from an expert'));
});

const classifyAs = (text: string) => gateway.first.answerJson(completion(text));
const asked = () => gateway.second.requests.map(({ body }) => body.model);
const question = () => gateway.first.requests[0]?.body ?? {};

function ask(key: string, model: string, body: JsonObject = {}, path = '/v1/chat/completions') {
  const messages = [{ role: 'user', content: 'Write a function' }];
  return postChat(gateway, {
    key,
    path,
    body: { model, ...(path.endsWith('responses') ? {} : { messages }), ...body },
  });
}

let asking = 0;

/** The rows of the experts' log for a request. */
async function decisionsOf(
  key: string,
  model: string,
): Promise<{ rows: object[]; status: number; text: string }> {
  asking += 1;
  const messages = [{ role: 'user', content: `Write a function, for the time no. ${asking}` }];
  const response = await ask(key, model, { messages });
  const request_hash = createHash('sha256').update(JSON.stringify(messages)).digest('hex');
  const db = connectDatabase(gateway.database);
  try {
    let rows: object[] = [];
    await eventually(async () => {
      rows = await db('expert_routing_logs').where({ request_hash });
      return rows.length > 0;
    });
    return { rows, status: response.status, text: await response.text() };
  } finally {
    await db.destroy();
  }
}

describe.each(WAYS)('experts on %s', (_way, key) => {
  it('M6 are chosen by JSON that is parsed: apostrophes survive, in a code fence or not', async () => {
    for (const text of ['{"type":"developer\'s code"}', '```json\n{"category": "Developer\'s Code"}\n```']) {
      classifyAs(text);
      expect((await ask(key, 'smart')).status).toBe(200);
    }
    expect(asked()).toEqual(['code-2024', 'code-2024']);
  });

  it('M6 are not chosen by code that the classifier answers with: it is never run', async () => {
    classifyAs('{"type": (() => { globalThis.wasRun = true; return "poetry" })()}');
    expect((await ask(key, 'smart')).status).toBe(200);
    expect(Reflect.has(globalThis, 'wasRun')).toBe(false);
  });

  it('M2 are in the log by the model that answered, and not by the virtual one', async () => {
    expect(await ledgerOf(gateway, await ask(key, 'smart'))).toMatchObject({
      model: 'code',
      provider: 'second',
    });
  });

  it('M1 answer within what is set for the real model', async () => {
    classifyAs('{"type":"hasty"}');
    gateway.second.answerWith(() => {});
    const response = await ask(key, 'smart');
    expect(response.status).toBe(504);
    expect(asked()).toEqual(['hasty-2024']);
  });

  it('M3 are chosen by a classifier that is a virtual model, by the path of the request', async () => {
    expect((await ask(key, 'structured')).status).toBe(200);
    expect(question().model).toBe('judge-2024');
    // Only the new path calls by the official client.
    const agent = String(gateway.first.requests[0]?.headers['user-agent']);
    expect(agent.startsWith('OpenAI/JS')).toBe(key !== KEYS.legacy);
  });

  it('M4 are chosen by structured output where that is set', async () => {
    await ask(key, 'structured');
    expect(question().response_format).toEqual({ type: 'json_object' });
    gateway.first.answerJson(completion('{"type":"poetry"}'));
    await ask(key, 'smart');
    expect(question().response_format).toBeUndefined();
  });

  it('M5 are chosen with what was said before, in the classifier’s message of the user', async () => {
    await ask(key, 'smart', {
      messages: [
        { role: 'user', content: 'I am writing a parser' },
        { role: 'assistant', content: 'In which language?' },
        { role: 'user', content: 'In Rust' },
      ],
    });
    const messages = JSON.stringify(question().messages);
    expect(messages).toContain('I am writing a parser');
    expect(messages).toContain('In which language?');
    expect(messages).toContain('In Rust');
    // The expert gets what the client sent, and nothing of the classifier's.
    expect(gateway.second.requests[0]?.body.messages).toHaveLength(3);
    expect(JSON.stringify(gateway.second.requests[0]?.body)).not.toContain('Name the category');
  });

  it('M8 are chosen for the input of responses', async () => {
    const body = { input: [{ role: 'user', content: [{ type: 'input_text', text: 'Write a sonnet' }] }] };
    const response = await ask(key, 'smart', { ...body, instructions: 'Rhyme.' }, '/v1/responses');
    await response.arrayBuffer();
    const messages = JSON.stringify(question().messages);
    expect(messages).toContain('Write a sonnet');
    expect(messages).not.toContain('Rhyme.');
    expect(asked()).toEqual(['code-2024']);
  });

  it('take time that is the provider’s in the answer’s headers, and not the gateway’s', async () => {
    gateway.first.answerWith((response) => {
      const answer = JSON.stringify(completion('{"type":"poetry"}'));
      setTimeout(() => response.setHeader('content-type', 'application/json').end(answer), 300);
    });
    const timing = (await ask(key, 'smart')).headers.get('server-timing') ?? '';
    expect(Number(/upstream;dur=([\d.]+)/.exec(timing)?.[1])).toBeGreaterThan(290);
  });

  it('M9 are chosen for a conversation that has nothing but what a tool gave', async () => {
    await ask(key, 'smart', {
      messages: [{ role: 'tool', tool_call_id: 'call_1', content: 'panic at parser.rs' }],
    });
    expect(JSON.stringify(question().messages)).toContain('panic at parser.rs');
    expect(asked()).toEqual(['code-2024']);
  });
});

describe('the log of experts', () => {
  it('M7 has a decision for the expert that was found', async () => {
    expect((await decisionsOf(KEYS.litellm, 'smart')).rows).toMatchObject([
      {
        outcome: 'matched',
        virtual_key_id: expect.stringMatching(/^key_/),
        expert_routing_id: expect.stringMatching(/^virtual_/),
        selected_expert_id: 'coder',
        selected_model: 'code',
        classifier_model: 'judge',
        fault: null,
      },
    ]);
  });

  it('M7 has one for the fallback, with why it was taken', async () => {
    classifyAs('{"type":"weather"}');
    expect((await decisionsOf(KEYS.litellm, 'smart')).rows).toMatchObject([
      { outcome: 'fallback', selected_model: 'poems', fault: 'no_match', selected_expert_name: 'weather' },
    ]);
  });

  it('M7 has one for a classifier that fails, and the client is told no more than that', async () => {
    gateway.first.answerJson({ error: { message: 'a secret of the account' } }, 500);
    const { rows, status, text } = await decisionsOf(KEYS.litellm, 'strict');
    expect(rows).toMatchObject([{ outcome: 'failed', selected_model: null, fault: 'call_failed' }]);
    expect(status).toBe(502);
    expect(text).toContain('expert_routing_failed');
    expect(text).not.toContain('secret');
  });

  it('M7 has one for a classifier that takes too long, for which nobody waits', async () => {
    gateway.first.answerWith(() => {});
    expect((await decisionsOf(KEYS.litellm, 'bounded')).rows).toMatchObject([
      { outcome: 'fallback', selected_model: 'poems', fault: 'timeout' },
    ]);
    expect(asked()).toEqual(['poems-2024']);
  });

  it('has nothing that the classifier said for a key whose requests are not logged', async () => {
    classifyAs('{"type":"weather","because":"the user asked for a function"}');
    const unsaid = { classification_result: null, selected_model: 'poems' };
    expect((await decisionsOf(QUIET, 'smart')).rows).toMatchObject([
      { ...unsaid, outcome: 'fallback', selected_expert_name: null },
    ]);
    classifyAs('{"type":"poetry"}');
    expect((await decisionsOf(QUIET, 'smart')).rows).toMatchObject([
      { ...unsaid, outcome: 'matched', selected_expert_name: 'poetry' },
    ]);
  });
});
