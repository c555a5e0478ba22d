import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEncodings } from '../../../src/services/tokens/encodings.ts';
import { said, told } from '../../parity/corpus/turns.ts';
import { type EmulatedGateway, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { accountsFile, ask, crossed, NEW_WAYS, WAYS } from './accounts.ts';
import { ledgerOf } from './ledger.ts';
import { chunksOf, type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';

let gateway: EmulatedGateway;
/** Stands behind the `openai-compatible` account. */
let provider: ScriptedProvider;

beforeAll(async () => {
  provider = await startScriptedProvider();
  gateway = await startEmulatedGateway({}, (url) => accountsFile(url, provider.url));
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

describe('an answer that its provider did not count', () => {
  const expected = {
    usage: { prompt: expect.toSatisfy((count) => count > 0), completion: 3 },
    usageIsEstimate: true,
  };

  // Portkey answers 500 where Anthropic or Gemini leaves the usage out.
  it.each([...crossed(WAYS, ['openai']), ...crossed(NEW_WAYS, ['anthropic', 'google'])])(
    'U1 is counted by the gateway, streamed or whole: $type on $way',
    async ({ type, key }) => {
      const directive = { text: 'one two three', usage: false };
      for (const stream of [true, false]) {
        const asked = { messages: told(directive), max_tokens: 50, stream };
        const response = await ask(gateway, key, type, asked);
        expect(await ledgerOf(gateway, response)).toMatchObject(expected);
      }
    },
  );

  it.each(WAYS)('U1 is counted by the gateway where the provider says zero on %s', async (_way, key) => {
    const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const choice = { index: 0, delta: { content: 'one two three' }, finish_reason: 'stop' };
    provider.answerStream(chunksOf({ choices: [choice] }, { choices: [], usage }));
    const asked = { messages: said('Count'), stream: true };
    const response = await ask(gateway, key, 'openai-compatible', asked);
    expect(await ledgerOf(gateway, response)).toMatchObject(expected);
  });
});

describe('a vocabulary', () => {
  it('U8 is loaded once, however often and however closely together it is asked for', async () => {
    const encoding = createEncodings();
    const [first, second] = await Promise.all([encoding('o200k_base'), encoding('o200k_base')]);
    expect(second).toBe(first);
    expect(await encoding('o200k_base')).toBe(first);
  });
});
