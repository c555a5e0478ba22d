import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emulatedFile, KEYS, postChat } from '../support/emulated-gateway.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { type RunningGateway, startGateway } from '../support/running-gateway.ts';

const COMPLETION = '{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}]}';

let provider: RawProvider;
let gateway: RunningGateway;
let asked: number;
beforeAll(async () => {
  provider = await startRawProvider();
  gateway = await startGateway({ file: emulatedFile(provider.url), env: { PORTKEY_GATEWAY_URL: 'off' } });
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

/** Fails the first so many requests with 429, then answers. */
function failFirst(failures: number): void {
  asked = 0;
  provider.answerWith((request, response) => {
    request.resume();
    asked += 1;
    const status = asked <= failures ? 429 : 200;
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '5' });
    response.end(status === 200 ? COMPLETION : '{"error":{"message":"slow down"}}');
  });
}

describe('retries on the new path', () => {
  it('are two at most under compat: openai', async () => {
    failFirst(2);
    expect((await postChat(gateway, { key: KEYS.plain })).status).toBe(200);
    expect(asked).toBe(3);
    failFirst(3);
    expect((await postChat(gateway, { key: KEYS.plain })).status).toBe(429);
    expect(asked).toBe(3);
  });

  it('are none under compat: portkey, as on the legacy path', async () => {
    failFirst(1);
    const response = await postChat(gateway, { key: KEYS.litellm });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after-ms')).toBe('5');
    expect(asked).toBe(1);
  });
});
