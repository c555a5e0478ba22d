import { describe, expect, it, vi } from 'vitest';
import { type AddressCheck, createAddressGuard } from '../address-guard.ts';

const URL = 'https://llm.example/v1';
const never = () => new Promise<never>(() => {});

describe('createAddressGuard', () => {
  it('lets a call pass whose provider may be called, and asks once for calls that come together or soon after', async () => {
    const check = vi.fn<AddressCheck>(async () => undefined);
    const guard = createAddressGuard(check);
    await Promise.all([guard.check(URL), guard.check(URL)]);
    await guard.check(URL);
    await guard.check('https://other.example/v1');
    expect(check.mock.calls).toEqual([[URL], ['https://other.example/v1']]);
  });

  it('refuses a call with the reason kept for the log', async () => {
    const guard = createAddressGuard(async () => 'is a private address');
    for (const _ of [1, 2]) {
      await expect(guard.check(URL)).rejects.toMatchObject({
        code: 'upstream_address_refused',
        message: 'The provider has a private address.',
        cause: { message: 'llm.example is a private address' },
      });
    }
  });

  it('asks again when the judgement has aged', async () => {
    const reasons = [undefined, 'resolves to a private address'];
    const guard = createAddressGuard(async () => reasons.shift(), { keepMs: 1, limitMs: 5_000 });
    await guard.check(URL);
    await vi.waitFor(() =>
      expect(guard.check(URL)).rejects.toMatchObject({ code: 'upstream_address_refused' }),
    );
  });

  it('refuses a call whose provider has no address, and asks again for the next', async () => {
    const check = vi
      .fn<AddressCheck>()
      .mockRejectedValueOnce(new Error('ENOTFOUND'))
      .mockResolvedValueOnce(undefined);
    const guard = createAddressGuard(check);
    await expect(guard.check(URL)).rejects.toMatchObject({ code: 'upstream_unreachable', status: 502 });
    await guard.check(URL);
  });

  it('ends the wait for a name server that does not answer', async () => {
    const guard = createAddressGuard(never, { keepMs: 5_000, limitMs: 1 });
    await expect(guard.check(URL)).rejects.toMatchObject({ code: 'upstream_timeout', status: 504 });
  });
});
