import dns from 'node:dns';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MadeUpNames, resolveMadeUpNames } from '../../../test/support/made-up-names.ts';
import { startTrap, type Trap } from '../../../test/support/trap.ts';
import { refusePrivateAddresses } from '../refuse-private-addresses.ts';

const REFUSED = 'The provider has a private address.';

const names: MadeUpNames = new Map([
  ['public.example', ['93.184.215.14', '2606:4700::1']],
  ['private.example', ['127.0.0.1']],
  ['mixed.example', ['93.184.215.14', '127.0.0.1']],
  ['mapped.example', ['::ffff:127.0.0.1']],
  ['trusted.example', ['127.0.0.1']],
]);

let trap: Trap;
let restoreNames = () => {};
beforeAll(async () => {
  restoreNames = resolveMadeUpNames(names);
  refusePrivateAddresses((hostname) => hostname === 'trusted.example');
  trap = await startTrap();
});
afterAll(() => {
  restoreNames();
  trap.close();
});

const lookupAll = (hostname: string) =>
  new Promise<string[]>((resolve, reject) =>
    dns.lookup(hostname, { all: true }, (error, found) =>
      error === null ? resolve(found.map(({ address }) => address)) : reject(error),
    ),
  );
const lookupOne = (hostname: string) =>
  new Promise<string>((resolve, reject) =>
    dns.lookup(hostname, (error, address) => (error === null ? resolve(address) : reject(error))),
  );

describe('a look-up', () => {
  it.each(['private.example', 'mixed.example', 'mapped.example', 'localhost'])(
    'finds no address of %s, which has a private one',
    async (hostname) => {
      await expect(lookupAll(hostname)).rejects.toThrow(REFUSED);
    },
  );

  it('that wants one address only is judged by it', async () => {
    await expect(lookupOne('private.example')).rejects.toThrow(REFUSED);
    expect(await lookupOne('public.example')).toBe('93.184.215.14');
  });

  it.each([
    ['public.example', ['93.184.215.14', '2606:4700::1']],
    ['trusted.example', ['127.0.0.1']],
    ['127.0.0.1', ['127.0.0.1']],
  ])('finds what there is of %s', async (hostname, addresses) => {
    expect(await lookupAll(hostname)).toEqual(addresses);
  });

  it('of a name that does not exist fails as ever', async () => {
    await expect(lookupAll('nobody.invalid')).rejects.toMatchObject({ syscall: 'getaddrinfo' });
  });
});

describe('a connection', () => {
  const open = (hostname: string) =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(trap.port) });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.destroy();
        resolve();
      });
    });

  it('is made to no name that is private, unless that is trusted', async () => {
    await expect(open('private.example')).rejects.toThrow(REFUSED);
    await expect(open('mixed.example')).rejects.toThrow(REFUSED);
    await open('trusted.example');
  });
});
