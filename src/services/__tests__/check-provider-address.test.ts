import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkProviderAddress, refusedAtSave } from '../check-provider-address.ts';

const never = () => new Promise<never>(() => {});
const strict = (resolveHost: () => Promise<readonly string[]>) => ({
  allowPrivateUpstreams: false,
  resolveHost,
});

afterEach(() => {
  vi.useRealTimers();
});

describe('an address that is saved', () => {
  it('is refused where any of its addresses is private', async () => {
    const policy = strict(async () => ['93.184.215.14', '10.0.0.1']);
    expect(await refusedAtSave('https://llm.example/v1', policy)).toMatch(/resolves to/);
    const provider = { type: 'openai', profile: undefined, baseUrl: 'https://llm.example/v1' } as const;
    await expect(checkProviderAddress(provider, policy)).rejects.toMatchObject({
      code: 'invalid_body',
      param: 'baseUrl',
    });
  });

  it.each([
    ['has no address', () => Promise.reject(new Error('ENOTFOUND'))],
    ['has public ones only', async () => ['93.184.215.14']],
  ])('passes where its name %s', async (_, resolveHost) => {
    expect(await refusedAtSave('https://llm.example/v1', strict(resolveHost))).toBeUndefined();
  });

  it('passes where the name server does not answer in time, which is not waited for any longer', async () => {
    vi.useFakeTimers();
    const judged = refusedAtSave('https://llm.example/v1', strict(never));
    await vi.advanceTimersByTimeAsync(5_100);
    expect(await judged).toBeUndefined();
  });
});
