import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { gatewayHeaders } from '../gateway-headers.ts';

const apiKey = new Secret('pgw_key');

describe('gatewayHeaders', () => {
  it.each([
    'https://portkey.example:8788',
    'http://10.0.0.7:8787',
    'http://portkey:8787',
    'http://[fd00::7]:8787',
    'http://localhost.example',
    'http://127.0.0.1.example',
  ])('lets requests in at %s by id and key', (url) => {
    expect(gatewayHeaders({ id: 'gw', url, apiKey })).toEqual({
      'x-gateway-id': 'gw',
      'x-api-key': 'pgw_key',
    });
    expect(gatewayHeaders({ id: 'gw', url, apiKey: undefined })).toEqual({});
  });

  it.each([
    'http://localhost:8787',
    'http://LOCALHOST',
    'http://portkey.localhost',
    'http://127.0.0.1:8787',
    'http://127.1.2.3',
    'http://2130706433',
    'http://[::1]:8787',
    'http://[0:0:0:0:0:0:0:1]',
    'http://[::ffff:127.0.0.1]',
  ])('sends %s, on this machine, neither', (url) => {
    expect(gatewayHeaders({ id: 'gw', url, apiKey })).toEqual({});
  });
});
