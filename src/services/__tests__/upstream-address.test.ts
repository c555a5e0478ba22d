import { describe, expect, it } from 'vitest';
import { refusedAddress, refusedHost } from '../upstream-address.ts';

describe('a base URL', () => {
  it.each([
    ['loopback', 'http://127.0.0.1:8080/v1'],
    ['all of loopback', 'https://127.255.255.254'],
    ['this network', 'http://0.0.0.0'],
    ['RFC 1918, 10', 'https://10.1.2.3'],
    ['RFC 1918, 172.16', 'https://172.16.0.1'],
    ['RFC 1918, 172.31', 'https://172.31.255.255'],
    ['RFC 1918, 192.168', 'https://192.168.1.1'],
    ['RFC 1918, the last of 10', 'https://10.255.255.255'],
    ['RFC 1918, the last of 192.168', 'https://192.168.255.255'],
    ['shared address space', 'https://100.64.0.1'],
    ['the last of shared address space', 'https://100.127.255.255'],
    ['link-local', 'http://169.254.0.1'],
    ['cloud metadata', 'http://169.254.169.254/latest'],
    ["Azure's own services", 'http://168.63.129.16/machine'],
    ['benchmarks', 'http://198.18.0.1'],
    ['multicast', 'http://224.0.0.1'],
    ['reserved', 'http://240.0.0.1'],
    ['broadcast', 'http://255.255.255.255'],
    ['decimal notation', 'http://2130706433'],
    ['hexadecimal notation', 'http://0x7f000001'],
    ['octal notation', 'http://0177.0.0.1'],
    ['short notation', 'http://127.1'],
    ['mixed notation', 'http://0xa9.254.43518'],
    ['full-width digits', 'http://１２７.0.0.1'],
    ['IPv6 loopback', 'http://[::1]:8080'],
    ['IPv6 loopback written out', 'http://[0:0:0:0:0:0:0:1]'],
    ['IPv6 unspecified', 'http://[::]'],
    ['IPv6 unique local', 'http://[fd12:3456::1]'],
    ['IPv6 unique local, fc00', 'http://[fc00::1]'],
    ['cloud metadata in IPv6', 'http://[fd00:ec2::254]'],
    ['IPv6 link-local', 'http://[fe80::1]'],
    ['the last IPv6 link-local', 'http://[febf:ffff::1]'],
    ['IPv6 multicast', 'http://[ff02::1]'],
    ['IPv6 documentation', 'http://[2001:db8::1]'],
    ['mapped, dotted', 'http://[::ffff:127.0.0.1]'],
    ['mapped, hexadecimal', 'http://[::ffff:7f00:1]'],
    ['mapped metadata', 'http://[::ffff:a9fe:a9fe]'],
    ['NAT64, dotted', 'http://[64:ff9b::10.0.0.1]'],
    ['NAT64, hexadecimal', 'http://[64:ff9b::a00:1]'],
    ['6to4 of loopback', 'http://[2002:7f00:1::]'],
    ['6to4 of a private address', 'http://[2002:c0a8:1::1]'],
    ['Teredo', 'http://[2001:0:7f00:1::]'],
    ['IPv4-compatible', 'http://[::127.0.0.1]'],
    ['IPv4-translated', 'http://[::ffff:0:7f00:1]'],
    ['localhost', 'http://localhost:11434'],
    ['localhost in capitals', 'http://LOCALHOST'],
    ['localhost with a dot', 'http://localhost.'],
    ['a name below localhost', 'http://api.localhost'],
    ['mDNS', 'http://printer.local'],
    ['a name inside', 'http://metadata.google.internal'],
    ['a name inside with a dot', 'http://metadata.google.internal./computeMetadata/v1'],
    ['an escaped name', 'http://%6c%6f%63%61%6c%68%6f%73%74'],
    ['full-width letters', 'http://ｌｏｃａｌｈｏｓｔ'],
    ['ideographic dots', 'http://127。0。0。1'],
  ])('of %s is refused unless private addresses are allowed: %s', (_, url) => {
    expect(refusedAddress(url, false)).toContain('private');
    expect(refusedAddress(url, true)).toBeUndefined();
  });

  it.each([
    'https://api.openai.com/v1',
    'http://8.8.8.8',
    'https://172.15.255.255',
    'https://172.32.0.1',
    'https://100.63.255.255',
    'https://100.128.0.1',
    'https://169.253.0.1',
    'https://192.167.255.255',
    'https://[2606:4700:4700::1111]',
    'https://[64:ff9b::808:808]',
    'https://localhost.example.com',
    'https://mylocalhost',
    'https://internal.example.com',
    'https://10.example.com',
  ])('may be %s', (url) => {
    expect(refusedAddress(url, false)).toBeUndefined();
  });

  it.each([
    'https://user:password@api.openai.com',
    'https://user@api.openai.com',
    'https://:password@api.openai.com',
  ])('must not carry credentials, allowed or not: %s', (url) => {
    for (const allowed of [true, false]) {
      expect(refusedAddress(url, allowed)).toContain('credentials');
      expect(refusedAddress(url, allowed)).not.toContain('user');
    }
  });

  it.each(['ftp://api.openai.com', 'file:///etc/passwd', 'data:text/plain,x'])(
    'must be http or https: %s',
    (url) => {
      expect(refusedAddress(url, true)).toContain('http');
    },
  );
});

describe('refusedHost', () => {
  const never = () => Promise.reject(new Error('Nobody was to ask.'));

  it.each([
    ['a public and a private one', ['8.8.8.8', '10.0.0.1']],
    ['that of cloud metadata', ['169.254.169.254']],
    ['a mapped private one', ['::ffff:192.168.0.1']],
  ])('refuses a name with the addresses: %s', async (_, addresses) => {
    expect(await refusedHost('https://llm.example/v1', false, async () => addresses)).toMatch(/resolves to/);
  });

  it('lets a name with public addresses pass, which it asks for without port and path', async () => {
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return ['8.8.8.8', '2606:4700::1'];
    };
    expect(await refusedHost('https://llm.example:8443/v1', false, resolve)).toBeUndefined();
    expect(asked).toEqual(['llm.example']);
  });

  it('asks no name server where the text tells, or where all is allowed', async () => {
    expect(await refusedHost('http://[::1]/v1', false, never)).toMatch(/private/);
    expect(await refusedHost('http://localhost/v1', false, never)).toMatch(/private/);
    expect(await refusedHost('http://8.8.8.8/v1', false, never)).toBeUndefined();
    expect(await refusedHost('http://llm.example/v1', true, never)).toBeUndefined();
  });

  it('fails where the name has no address', async () => {
    await expect(refusedHost('https://llm.example', false, never)).rejects.toThrow('Nobody was to ask.');
  });
});
