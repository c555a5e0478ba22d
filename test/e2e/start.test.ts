import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmulator } from '../../bench/emulator/emulator.ts';
import { emulatedFile, KEYS, PROVIDER_KEY, postChat } from '../support/emulated-gateway.ts';
import { type RunningProcess, spawnGateway, startGatewayProcess } from '../support/gateway-process.ts';
import { startGateway } from '../support/running-gateway.ts';

let folder: string;
const started: RunningProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-start-'));
});
afterEach(async () => {
  for (const { child } of started.splice(0)) {
    if (child.exitCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

async function start(env: Record<string, string> = {}): Promise<RunningProcess> {
  const running = await startGatewayProcess(env, folder);
  started.push(running);
  return running;
}

describe('a start with nothing configured', () => {
  it('serves, with a database, a key file for the owner only, an admin and a legacy gateway on loopback', async () => {
    const { url, lines } = await start();
    const data = join(folder, 'data');
    expect(readdirSync(data)).toEqual(expect.arrayContaining(['gateway.db', 'encryption.key']));
    expect(statSync(join(data, 'encryption.key')).mode & 0o777).toBe(0o600);
    const password = /admin password: (\S+)/.exec(lines.join('\n'))?.[1];
    expect(password).toMatch(/^\S{20}$/);
    const login = await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password }),
    });
    expect(login.status).toBe(200);
    expect(await (await fetch(`${url}/`)).text()).toContain('Banyan');
    const up = JSON.parse(lines.find((line) => line.includes('legacy gateway is up')) ?? '{}') as {
      url: string;
    };
    expect(new URL(up.url).hostname).toBe('127.0.0.1');
    expect(listenAddresses(Number(new URL(up.url).port))).toEqual(['0100007F']);
  });

  it('shows the password once: a second start shows none and keeps the first', async () => {
    const first = await start();
    expect(first.lines.join('\n')).toContain('admin password');
    first.child.kill('SIGTERM');
    await once(first.child, 'exit');
    const second = await start();
    expect(second.lines.join('\n')).not.toContain('admin password');
  });
});

describe('a start that cannot be', () => {
  it.each([
    [{ PORT: 'eighty' }, /PORT/],
    [{ USE_LITELLM: 'maybe' }, /USE_LITELLM/],
    [{ ENCRYPTION_KEY: 'short' }, /ENCRYPTION_KEY/],
    [{ PORTKEY_GATEWAY_URL: 'ftp://nowhere' }, /PORTKEY_GATEWAY_URL/],
    [{ GATEWAY_CONFIG: 'missing.yaml' }, /missing\.yaml/],
    [{ DATABASE_URL: 'oracle:x' }, /DATABASE_URL/],
  ])('%o exits 1, names the variable and listens nowhere', async (env, message) => {
    const { child, lines } = spawnGateway(env, folder);
    await once(child, 'close');
    expect(child.exitCode).toBe(1);
    expect(lines.join('\n')).toMatch(message);
    expect(lines.join('\n')).not.toMatch(/listens|at .*\.ts/);
  });

  it('says in one line that the port is taken, after showing what will never be shown again', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    writeFileSync(join(folder, 'gateway.yaml'), 'virtual_keys: [{name: made-up}]\n');
    const { child, lines } = spawnGateway({ PORT: String(port), GATEWAY_CONFIG: 'gateway.yaml' }, folder);
    await once(child, 'close');
    taken.close();
    expect(child.exitCode).toBe(1);
    const output = lines.join('\n');
    expect(output).toMatch(/admin password: \S{20}/);
    expect(output).toMatch(/virtual key made-up: vk_/);
    expect(lines.at(-1)).toBe(`PORT: ${port} on 127.0.0.1 is in use`);
    expect(output).not.toContain('legacy gateway is up');
  });

  it('shows no password where the configuration is refused: the next start makes the admin', async () => {
    writeFileSync(join(folder, 'gateway.yaml'), 'models: [{name: m, provider: nobody}]\n');
    const { child, lines } = spawnGateway({ GATEWAY_CONFIG: 'gateway.yaml' }, folder);
    await once(child, 'close');
    expect(child.exitCode).toBe(1);
    expect(lines.join('\n')).toMatch(/there is no provider "nobody"/);
    expect((await start()).lines.join('\n')).toContain('admin password');
  });

  it('names all faults at once', async () => {
    const { child, lines } = spawnGateway({ PORT: 'x', LOG_LEVEL: 'loud' }, folder);
    await once(child, 'close');
    expect(lines.join('\n')).toMatch(/PORT.*\n.*LOG_LEVEL/);
  });

  it('refuses another encryption key than the one the database was written with', async () => {
    const key = (fill: number) => Buffer.alloc(32, fill).toString('base64');
    const first = await start({ ENCRYPTION_KEY: key(1) });
    first.child.kill('SIGTERM');
    await once(first.child, 'exit');
    const { child, lines } = spawnGateway({ ENCRYPTION_KEY: key(2) }, folder);
    await once(child, 'close');
    expect(child.exitCode).toBe(1);
    expect(lines.join('\n')).toContain('ENCRYPTION_KEY');
  });
});

describe('GATEWAY_CONFIG', () => {
  it('is applied again at each start without changing what is there, and never undoes the rollout', async () => {
    const emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
    try {
      const file = { ...emulatedFile(emulator.url), rollout: { enrolled_percent: 100 } };
      const first = await startGateway({ dataDir: folder, file });
      expect((await postChat(first, { key: KEYS.auto })).headers.get('x-gateway-reason')).toBe('enrolled');
      await fetch(`${first.url}/api/admin/rollout`, {
        method: 'PATCH',
        headers: { authorization: 'Bearer admin-token-for-tests', 'content-type': 'application/json' },
        body: JSON.stringify({ enrolled_percent: 0 }),
      });
      await first.stop();
      const second = await startGateway({ dataDir: folder, file });
      expect((await postChat(second, { key: KEYS.auto })).headers.get('x-gateway-reason')).toBe(
        'not_enrolled',
      );
      await second.stop();
    } finally {
      await emulator.close();
    }
  });

  it('makes a key that it does not spell out, shows it once, and keeps it', async () => {
    writeFileSync(join(folder, 'gateway.yaml'), 'virtual_keys: [{name: made-up}]\n');
    const first = await start({ GATEWAY_CONFIG: 'gateway.yaml' });
    const key = /virtual key made-up: (\S+)/.exec(first.lines.join('\n'))?.[1] ?? '';
    expect(key).toMatch(/^vk_[\w-]{32}$/);
    expect((await postChat(first, { key })).status).toBe(404);
    first.child.kill('SIGTERM');
    await once(first.child, 'exit');
    const second = await start({ GATEWAY_CONFIG: 'gateway.yaml' });
    expect(second.lines.join('\n')).not.toContain('virtual key made-up');
    expect((await postChat(second, { key })).status).toBe(404);
  });

  it('refuses to give one key’s value to another, and says whose it is', async () => {
    const file = (first: string, second: string) => ({
      virtual_keys: [
        { name: first, key: KEYS.auto },
        { name: second, key: KEYS.litellm },
      ],
    });
    await (await startGateway({ dataDir: folder, file: file('a', 'b') })).stop();
    await expect(startGateway({ dataDir: folder, file: file('b', 'a') })).rejects.toThrow(
      /virtual_keys: b: .*"a"/,
    );
  });

  it('keeps no key readable at rest', async () => {
    const gateway = await startGateway({ dataDir: folder, file: emulatedFile('http://127.0.0.1:9/v1') });
    await gateway.stop();
    const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
    for (const secret of [PROVIDER_KEY, ...Object.values(KEYS)]) expect(bytes.join('')).not.toContain(secret);
  });
});

/** Hexadecimal addresses, as the kernel lists them, that the port is listened on. */
function listenAddresses(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const table = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFileSync(file, 'utf8')).join('\n');
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/));
  return rows.flatMap(([, local = '', , state]) => {
    const [address = '', localPort] = local.split(':');
    return localPort === hex && state === '0A' ? [address] : [];
  });
}
