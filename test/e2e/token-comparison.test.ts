import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEYS, PROVIDER_KEY, postChat } from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/running-gateway.ts';
import { chunksOf, type ScriptedProvider, startScriptedProvider } from './regressions/scripted-provider.ts';

const METRIC = 'gateway_token_count_error_ratio';
const MESSAGES = [{ role: 'user', content: 'Hello there' }];
const ANSWER = 'Hi, you.';
/** Twice what it is: 9 tokens of the prompt, 4 of the answer. */
const USAGE = { prompt_tokens: 18, completion_tokens: 8, total_tokens: 26 };
/** The metric has no path in its labels, so that each path has an account of its own here. */
const PATHS = [
  ['legacy', KEYS.legacy],
  ['litellm', KEYS.litellm],
] as const;

let provider: ScriptedProvider;
let gateway: RunningGateway;

beforeAll(async () => {
  provider = await startScriptedProvider();
  const accounts = ['legacy', 'litellm', 'silent'];
  gateway = await startGateway({
    file: {
      providers: accounts.map((id) => ({
        id,
        type: 'openai',
        base_url: provider.url,
        api_key: PROVIDER_KEY,
      })),
      models: accounts.map((id) => ({ name: id, provider: id, model_identifier: 'gpt-4o-mini' })),
      virtual_keys: PATHS.map(([path, key]) => ({ name: path, key, path })),
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

async function exposed(): Promise<string[]> {
  return (await (await fetch(`${gateway.url}/metrics`)).text()).split('\n');
}

/** The value of one of the histogram's series of an account; 0 where there is none. */
async function sample(suffix: 'count' | 'sum', account: string): Promise<number> {
  const start = `${METRIC}_${suffix}{provider="${account}"} `;
  return Number((await exposed()).find((line) => line.startsWith(start))?.slice(start.length) ?? 0);
}

function answer(isStream: boolean, usage: object | undefined): void {
  const head = { id: 'chatcmpl-1', created: 1, model: 'gpt-4o-mini' };
  const stated = usage === undefined ? {} : { usage };
  if (!isStream) {
    const message = { role: 'assistant', content: ANSWER };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    provider.answerJson({ ...head, object: 'chat.completion', choices, ...stated });
    return;
  }
  const chunk = { ...head, object: 'chat.completion.chunk' };
  const choice = (delta: object, finish_reason: string | null) => ({ index: 0, delta, finish_reason });
  const said = choice({ role: 'assistant', content: ANSWER }, null);
  const chunks = [
    { ...chunk, choices: [said] },
    { ...chunk, choices: [choice({}, 'stop')] },
  ];
  provider.answerStream(
    chunksOf(...chunks, ...(usage === undefined ? [] : [{ ...chunk, choices: [], usage }])),
  );
}

async function ask(key: string, model: string, stream: boolean): Promise<void> {
  const response = await postChat(gateway, { key, body: { model, messages: MESSAGES, stream } });
  expect(response.status).toBe(200);
  await response.text();
}

describe(METRIC, () => {
  it('is there before anything is compared, with its help and its type', async () => {
    const lines = await exposed();
    expect(lines.some((line) => line.startsWith(`# HELP ${METRIC} `))).toBe(true);
    expect(lines).toContain(`# TYPE ${METRIC} histogram`);
    expect(lines.some((line) => line.startsWith(`${METRIC}_count`))).toBe(false);
  });

  it.each(PATHS.flatMap(([path, key]) => [false, true].map((stream) => ({ path, key, stream }))))(
    'shows how far the own count is from the one that is stated: $path, stream $stream',
    async ({ path, key, stream }) => {
      answer(stream, USAGE);
      const before = await sample('count', path);
      await eventually(async () => {
        for (let asked = 0; asked < 10; asked += 1) await ask(key, path, stream);
        return (await sample('count', path)) > before;
      });
      const [sum, count] = [await sample('sum', path), await sample('count', path)];
      // The own count is half of what is stated, in every comparison.
      expect(sum / count).toBeCloseTo(0.5);
    },
  );

  it('is made of a sample, one a second at most', async () => {
    answer(false, USAGE);
    const before = await sample('count', 'litellm');
    const startedAt = performance.now();
    for (let asked = 0; asked < 100; asked += 1) await ask(KEYS.litellm, 'litellm', false);
    const seconds = (performance.now() - startedAt) / 1_000;
    expect((await sample('count', 'litellm')) - before).toBeLessThanOrEqual(seconds + 1);
  });

  it('says nothing of answers that their provider has not counted', async () => {
    answer(false, undefined);
    for (let asked = 0; asked < 50; asked += 1) await ask(KEYS.litellm, 'silent', false);
    expect(await sample('count', 'silent')).toBe(0);
  });
});
