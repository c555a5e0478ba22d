import type { RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLocalServer } from '../../../test/support/local-server.ts';
import { Secret } from '../../core/secret.ts';
import { listUpstreamModels } from '../list-upstream-models.ts';
import { createUpstreamTransport } from '../upstream-transport.ts';

async function ask(listener: RequestListener, limits?: { timeMs: number; bytes: number }) {
  const transport = createUpstreamTransport({ connectMs: 5_000, headersMs: 5_000, idleMs: 5_000 }, true);
  onTestFinished(() => transport.close());
  const baseUrl = await startLocalServer(listener);
  const provider = { type: 'openai' as const, baseUrl, apiKey: new Secret('') };
  return listUpstreamModels(provider, transport, limits);
}

describe('listUpstreamModels', () => {
  it('sends no key where there is none', async () => {
    const answer = await ask((incoming, outgoing) => {
      outgoing.end(JSON.stringify({ data: [{ id: String(incoming.headers.authorization) }] }));
    });
    expect(answer).toEqual({ status: 200, models: ['undefined'] });
  });

  it.each(['not json', '{"data":{}}', '"text"', ''])('takes %j for no list', async (text) => {
    const answer = await ask((_, outgoing) => outgoing.end(text));
    expect(answer).toEqual({ status: 200, models: undefined });
  });

  it('reads no list of an error', async () => {
    const answer = await ask((_, outgoing) => outgoing.writeHead(403).end('{"data":[{"id":"a"}]}'));
    expect(answer).toEqual({ status: 403, models: undefined });
  });

  it('refuses an answer that is too long, and hangs up', async () => {
    const closed = Promise.withResolvers<void>();
    const answer = ask(
      (_, outgoing) => {
        outgoing.once('close', () => closed.resolve());
        outgoing.write('x'.repeat(2000));
      },
      { timeMs: 5_000, bytes: 1000 },
    );
    await expect(answer).rejects.toMatchObject({ code: 'upstream_invalid_response' });
    await closed.promise;
  });

  it.each(['at all', 'to its end'])('gives up where the answer does not come %s', async (where) => {
    const answer = ask(
      (_, outgoing) => {
        if (where === 'to its end') outgoing.write('{');
      },
      { timeMs: 100, bytes: 1000 },
    );
    await expect(answer).rejects.toMatchObject({ code: 'upstream_timeout' });
  });

  it('gives up where the provider hangs up', async () => {
    const answer = ask((_, outgoing) => {
      outgoing.destroy();
    });
    await expect(answer).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });
});
