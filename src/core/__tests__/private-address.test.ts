import { describe, expect, it } from 'vitest';
import { isPrivateAddress } from '../private-address.ts';

/** Each block by its first and last address, and its neighbours where those are public. */
const BLOCKS: readonly (readonly [block: string, within: readonly string[], beside: readonly string[]])[] = [
  ['0/8', ['0.0.0.0', '0.255.255.255'], ['1.0.0.0']],
  ['10/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
  ['100.64/10', ['100.64.0.0', '100.127.255.255'], ['100.63.255.255', '100.128.0.0']],
  ['127/8', ['127.0.0.0', '127.255.255.255'], ['126.255.255.255', '128.0.0.0']],
  ['168.63.129.16', ['168.63.129.16'], ['168.63.129.15', '168.63.129.17']],
  ['169.254/16', ['169.254.0.0', '169.254.255.255'], ['169.253.255.255', '169.255.0.0']],
  ['172.16/12', ['172.16.0.0', '172.31.255.255'], ['172.15.255.255', '172.32.0.0']],
  ['192.0.0/24', ['192.0.0.0', '192.0.0.255'], ['191.255.255.255', '192.0.1.0']],
  ['192.0.2/24', ['192.0.2.0', '192.0.2.255'], ['192.0.1.255', '192.0.3.0']],
  ['192.88.99/24', ['192.88.99.0', '192.88.99.255'], ['192.88.98.255', '192.88.100.0']],
  ['192.168/16', ['192.168.0.0', '192.168.255.255'], ['192.167.255.255', '192.169.0.0']],
  ['198.18/15', ['198.18.0.0', '198.19.255.255'], ['198.17.255.255', '198.20.0.0']],
  ['198.51.100/24', ['198.51.100.0', '198.51.100.255'], ['198.51.99.255', '198.51.101.0']],
  ['203.0.113/24', ['203.0.113.0', '203.0.113.255'], ['203.0.112.255', '203.0.114.0']],
  ['224/3', ['224.0.0.0', '240.0.0.1', '255.255.255.255'], ['223.255.255.255']],
  ['all before 2000::/3', ['::', '::1', 'fff:ffff::'], ['2000::']],
  ['all behind 2000::/3', ['4000::', 'fc00::', 'fe80::', 'ff02::1'], ['3ffe::']],
  ['2001::/23', ['2001::', '2001:1ff:ffff::'], ['2000:ffff::', '2001:200::']],
  ['2001:db8::/32', ['2001:db8::', '2001:db8:ffff::'], ['2001:db7:ffff::', '2001:db9::']],
  ['2002::/16', ['2002::', '2002:7f00:1::', '2002:ffff:ffff::'], ['2001:ffff::', '2003::']],
  ['3fff::/20', ['3fff::', '3fff:fff:ffff::'], ['3ffe:ffff::', '3fff:1000::']],
];

describe('isPrivateAddress', () => {
  it.each(BLOCKS)('knows the bounds of %s', (_, within, beside) => {
    for (const address of within) expect(isPrivateAddress(address), address).toBe(true);
    for (const address of beside) expect(isPrivateAddress(address), address).toBe(false);
  });

  it.each([
    ['127.0.0.1', true],
    ['169.254.169.254', true],
    ['::1', true],
    ['fe80::1%eth0', true],
    ['::FFFF:127.0.0.1', true],
    ['::ffff:7f00:1', true],
    ['0:0:0:0:0:ffff:7f00:1', true],
    ['64:ff9b::192.168.0.1', true],
    ['64:ff9b:0:0:0:0:c0a8:1', true],
    ['8.8.8.8', false],
    ['64:ff9b::808:808', false],
    ['64:ff9b::8.8.8.8', false],
    ['2606:4700::1111', false],
  ])('of %s: %s', (address, expected) => {
    expect(isPrivateAddress(address)).toBe(expected);
  });

  it.each([
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-compatible, hexadecimal', '::7f00:1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['6to4', '2002:7f00:1::'],
    ['local NAT64', '64:ff9b:1::a00:1'],
    ['site-local', 'fec0::1'],
  ])('of an outdated or local notation that may hold a private address: %s', (_, address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '1.2.3.256', '::g', '1:2:3', '2606::1]:80/['])(
    'takes what is no address for private: "%s"',
    (text) => {
      expect(isPrivateAddress(text)).toBe(true);
    },
  );
});
