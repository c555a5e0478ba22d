import OpenAI from 'openai';
import { zodFunction } from 'openai/helpers/zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmulatedGateway, emulate } from '../../support/emulated-gateway.ts';
import { ANTHROPIC_MODEL, type Connection, startClientGateway } from './client-gateway.ts';
import { takeRoutes } from './take-routes.ts';
import { createWeatherTool, WEATHER_ANSWER, WEATHER_CALLS } from './tasks.ts';

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startClientGateway();
});
afterAll(() => gateway.stop());

it('lets openai, which does not send thinking back, run a tool-calling loop with reasoning at anthropic', async () => {
  gateway.emulator.clear();
  const course = { gateway, model: ANTHROPIC_MODEL, compat: 'openai' } as const;
  expect(await takeRoutes(course, 2, runTools)).toMatch(WEATHER_ANSWER);
  const [first, second] = gateway.emulator.requests.map(({ body }) => body);
  expect(first).toHaveProperty('thinking.type', 'enabled');
  // Anthropic refuses to think about calls whose own thinking is gone.
  expect(second).not.toHaveProperty('thinking');
});

function runTools({ origin, apiKey, model, fetch }: Connection): Promise<string | null> {
  const { name, input: parameters, run } = createWeatherTool();
  const client = new OpenAI({ apiKey, baseURL: `${origin}/v1`, maxRetries: 0, fetch });
  const runner = client.chat.completions.runTools({
    model,
    messages: [emulate({ reasoning: 'look it up', toolCalls: WEATHER_CALLS })],
    tools: [zodFunction({ name, parameters, function: run })],
    reasoning_effort: 'low',
  });
  return runner.finalContent();
}
