import { describe, expect, it } from 'vitest';
import { parseLegacyGateway } from '../legacy-settings.ts';

describe('PORTKEY_GATEWAY_URL', () => {
  it('unset means the bundled gateway', () => {
    expect(parseLegacyGateway(undefined)).toEqual({ kind: 'bundled' });
  });

  it('off means none', () => {
    expect(parseLegacyGateway('off')).toEqual({ kind: 'off' });
  });

  it.each([
    ['http://portkey:8787', 'http://portkey:8787'],
    ['https://portkey.example/', 'https://portkey.example'],
    ['https://portkey.example/base//', 'https://portkey.example/base'],
  ])('%s means the gateway at %s', (value, url) => {
    expect(parseLegacyGateway(value)).toEqual({ kind: 'external', url });
  });

  it.each(['', 'on', 'OFF', 'portkey:8787', 'ftp://portkey', '/portkey'])(
    'is refused by its name as %j',
    (value) => {
      expect(() => parseLegacyGateway(value)).toThrow(/^PORTKEY_GATEWAY_URL: /);
    },
  );
});
