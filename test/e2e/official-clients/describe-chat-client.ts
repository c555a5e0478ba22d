import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmulatedGateway } from '../../support/emulated-gateway.ts';
import { type ChatClient, MANNERS, type Manner } from './chat-client.ts';
import { PROVIDERS, startClientGateway } from './client-gateway.ts';
import { SETTINGS, type Task, takeRoutes } from './take-routes.ts';
import { CITIES, LONG_TEXT, RATE_LIMIT, TREE, WEATHER_ANSWER } from './tasks.ts';

const SCHEMA_OUTCOMES = {
  kept: { name: 'gets a structured output by a schema', outcome: { tree: TREE } },
  dropped: {
    name: 'cannot read its structured output, as the schema is dropped (anthropic.dropped_fields)',
    outcome: { failure: 'unreadable' },
  },
  refused: {
    name: 'meets the provider’s refusal of a schema as its own typed error',
    outcome: { failure: 'refused' },
  },
};

/** Describes a client in front of every provider, on both paths and under both compat settings. */
export function describeChatClient(client: ChatClient): void {
  let gateway: EmulatedGateway;
  beforeAll(async () => {
    gateway = await startClientGateway();
  });
  afterAll(() => gateway.stop());

  describe.each(PROVIDERS)(`${client.name} in front of $type`, ({ model, ...provider }) => {
    describe.each(SETTINGS)('$name', ({ compat }) => {
      const run = <T>(requests: number, task: Task<T>, wrongOnLegacy?: string): Promise<T> =>
        takeRoutes({ gateway, model, compat, wrongOnLegacy }, requests, task);
      const wrongIn = (manner: Manner) =>
        compat === 'portkey' && manner === 'streamed' ? provider.wrongStreams : undefined;

      for (const manner of MANNERS) {
        const wrong = client.joinsByIndex ? wrongIn(manner)?.calls : undefined;
        it(`runs a tool-calling loop, ${manner}${exception(wrong)}`, async () => {
          const loop = await run(2, (connection) => client.runTools(connection, manner), wrong);
          expect(loop).toEqual({
            cities: CITIES,
            text: expect.stringMatching(WEATHER_ANSWER),
            finishReasons: [provider.callsFinish[compat], 'stop'],
          });
        });
      }

      it('assembles a stream of text, with its usage', async () => {
        const { text, pieces, finishReason, usage } = await run(1, (connection) =>
          client.assembleText(connection),
        );
        expect({ text, finishReason }).toEqual({ text: LONG_TEXT, finishReason: 'stop' });
        expect(pieces).toBeGreaterThan(3);
        expect(usage.completion).toBeGreaterThan(3);
        expect(usage.total).toBe((usage.prompt ?? 0) + (usage.completion ?? 0));
      });

      it('gets a structured output from a tool that it forces', async () => {
        expect(await run(1, (connection) => client.fillTool(connection))).toEqual(TREE);
      });

      const { name, outcome } = SCHEMA_OUTCOMES[provider.schema[compat]];
      it.each(MANNERS)(`${name}, %s`, async (manner) => {
        const fill: Task<object> = (connection) => settle(client, client.fillSchema(connection, manner));
        expect(await run(1, fill)).toEqual(outcome);
      });

      for (const manner of MANNERS) {
        const wrong = wrongIn(manner)?.errors;
        it(`meets a rate limit as its own typed error, ${manner}${exception(wrong)}`, async () => {
          const limit = await run(1, (connection) => client.meetRateLimit(connection, manner), wrong);
          expect(limit).toEqual(RATE_LIMIT);
        });
      }
    });
  });
}

function exception(wrongOnLegacy: string | undefined): string {
  return wrongOnLegacy === undefined ? '' : ` (on the new path alone: ${wrongOnLegacy})`;
}

async function settle(client: ChatClient, filling: Promise<unknown>): Promise<object> {
  try {
    return { tree: await filling };
  } catch (error) {
    const failure = client.nameFailure(error);
    if (failure === undefined) throw error;
    return { failure };
  }
}
