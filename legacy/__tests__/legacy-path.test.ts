import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/core/gateway-error.ts';
import { callFor } from '../../test/support/provider-call.ts';
import { createPortkeyPath } from '../legacy-path.ts';
import type { SyntheticRequest } from '../synthetic-exchange.ts';

const call = callFor({ body: { model: 'm' }, headers: { traceparent: 'from the client' } });

/** A path whose gateway refuses what it is sent, with what it was sent and in which order its parts were asked. */
function create(checkAddress: (baseUrl: string) => Promise<void>) {
  const sent: { target: string; request: SyntheticRequest }[] = [];
  const asked: string[] = [];
  const path = createPortkeyPath({
    proxy: {
      async send(target, request) {
        sent.push({ target, request });
        throw new GatewayError('legacy_unavailable', 'Not here.');
      },
      close() {},
    },
    async locate() {
      asked.push('locate');
      return { url: 'https://gateway.example', headers: { 'x-gateway-id': 'gw', 'x-api-key': 'pgw_1' } };
    },
    async checkAddress(baseUrl) {
      asked.push(baseUrl);
      await checkAddress(baseUrl);
    },
  });
  const handle = () => path.handle(call, new AbortController().signal);
  return { sent, asked, handle };
}

describe('createPortkeyPath', () => {
  it('hands a call over to its gateway with the headers that let it in, after a look at where it is going', async () => {
    const { sent, asked, handle } = create(async () => {});
    await expect(handle()).rejects.toMatchObject({ code: 'legacy_unavailable' });
    expect(asked).toEqual(['locate', call.provider.baseUrl]);
    expect(sent).toMatchObject([
      {
        target: 'https://gateway.example',
        request: {
          url: '/v1/chat/completions',
          headers: { 'x-gateway-id': 'gw', 'x-api-key': 'pgw_1', traceparent: 'from the client' },
        },
      },
    ]);
  });

  it('does not hand over a call whose provider may not be called', async () => {
    const { sent, handle } = create(async () => {
      throw new GatewayError('upstream_address_refused', 'The provider has a private address.');
    });
    await expect(handle()).rejects.toMatchObject({ code: 'upstream_address_refused' });
    expect(sent).toEqual([]);
  });
});
