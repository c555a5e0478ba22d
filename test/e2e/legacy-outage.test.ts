import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmulatedGateway,
  emulate,
  KEYS,
  MODEL,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway();
});
afterAll(() => gateway.stop());

/** The process that the gateway said last that it started. */
function legacyProcessId(): number {
  const line = gateway.logLines.findLast((text) => text.includes('legacy gateway is up')) ?? '{}';
  return (JSON.parse(line) as { pid: number }).pid;
}

async function readiness(): Promise<{ code: number; status: string; part: string | undefined }> {
  const response = await fetch(`${gateway.url}/health/ready`);
  const body = (await response.json()) as { status: string; parts: Record<string, { status: string }> };
  return { code: response.status, status: body.status, part: body.parts.legacy_gateway?.status };
}

describe('the legacy gateway ends', () => {
  it('costs legacy requests a 502, the new path nothing, and mends by itself', async () => {
    expect(await readiness()).toEqual({ code: 200, status: 'ok', part: 'up' });
    process.kill(legacyProcessId(), 'SIGKILL');

    const refused = await postChat(gateway, { key: KEYS.legacy });
    expect(refused.status).toBe(502);
    expect(await refused.json()).toEqual({
      error: {
        message: expect.any(String),
        type: 'api_error',
        param: null,
        code: expect.stringMatching(/^legacy_(unavailable|interrupted)$/),
      },
    });
    expect(refused.headers.get('x-gateway-path')).toBe('legacy');

    const served = await postChat(gateway, { key: KEYS.litellm });
    expect(served.status).toBe(200);

    await eventually(async () => (await postChat(gateway, { key: KEYS.legacy })).status === 200);
    expect(await readiness()).toEqual({ code: 200, status: 'ok', part: 'up' });
  });

  it('stays ready, degraded, and names the part while it is down', async () => {
    const seen: Awaited<ReturnType<typeof readiness>>[] = [];
    process.kill(legacyProcessId(), 'SIGKILL');
    await eventually(async () => {
      seen.push(await readiness());
      return seen.at(-1)?.part === 'down';
    });
    expect(seen.at(-1)).toEqual({ code: 200, status: 'degraded', part: 'down' });
    await eventually(async () => (await readiness()).part === 'up');
  });

  it('tells a client whose stream it broke off', async () => {
    const response = await postChat(gateway, {
      key: KEYS.legacy,
      body: { model: MODEL, stream: true, messages: [emulate({ hang: 'mid_stream', afterEvents: 2 })] },
    });
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    process.kill(legacyProcessId(), 'SIGKILL');
    let text = Buffer.from(first?.value ?? []).toString();
    for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
      text += Buffer.from(read.value).toString();
    }
    expect(text).toMatch(/event: error\ndata: \{"error":\{.*"code":"legacy_interrupted"\}\}\n\n$/);
    expect(text).not.toContain('[DONE]');
    await eventually(async () => (await readiness()).part === 'up');
  });
});

describe('a legacy gateway that was never there', () => {
  it.each([
    ['off', 'off'],
    ['an address where nothing listens', 'http://127.0.0.1:9'],
  ])('(%s) answers 502 on legacy and serves the new path', async (_name, url) => {
    const lonely = await startEmulatedGateway({ env: { PORTKEY_GATEWAY_URL: url } });
    try {
      const refused = await postChat(lonely, { key: KEYS.legacy });
      expect(refused.status).toBe(502);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refused.json()).toMatchObject({ error: { code: 'legacy_unavailable' } });
      expect((await postChat(lonely, { key: KEYS.litellm })).status).toBe(200);
    } finally {
      await lonely.stop();
    }
  });
});
