import { describe, expect, it } from 'vitest';
import { type AdminCall, startAdminApi } from './admin-fixture.ts';

const PASSWORD = 'a long enough password';
const SETTINGS = '/admin/config/system-settings';

async function addUser(call: AdminCall, username: string, role = 'viewer'): Promise<string> {
  const answer = await call('POST', '/admin/users', { body: { username, password: PASSWORD, role } });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.body.id);
}

async function login(call: AdminCall, username: string, password = PASSWORD) {
  return call('POST', '/auth/login', { as: null, body: { username, password } });
}

describe('an account', () => {
  it('is made, logs in, and is never shown with its hash', async () => {
    const { call, db } = await startAdminApi();
    const id = await addUser(call, 'ada', 'operator');
    const { status, body } = await login(call, 'ada');
    expect({ status, user: body.user }).toEqual({
      status: 200,
      user: { id, username: 'ada', role: 'operator' },
    });
    const { password_hash: hash } = await db('users').where({ id }).first();
    for (const path of ['/admin/users', `/admin/users/${id}`, '/admin/audit']) {
      const { text } = await call('GET', path);
      expect(text).toContain('ada');
      expect(text).not.toContain(hash);
      expect(text).not.toContain(PASSWORD);
    }
    const profile = await call('GET', '/auth/profile', { as: String(body.token) });
    expect(profile.body).toEqual({ id, username: 'ada', role: 'operator' });
  });

  it('changes in what is named only, and its password in a way that the audit log does not have', async () => {
    const { call } = await startAdminApi();
    const id = await addUser(call, 'ada');
    const changed = await call('PATCH', `/admin/users/${id}`, { body: { password: 'quite another one' } });
    expect(changed.body).toMatchObject({ username: 'ada', role: 'viewer' });
    expect((await login(call, 'ada')).status).toBe(401);
    expect((await login(call, 'ada', 'quite another one')).status).toBe(200);
    const { body, text } = await call('GET', `/admin/audit?entityId=${id}&action=update`);
    expect(body.entries).toMatchObject([{ after: { passwordChanged: true } }]);
    expect(text).not.toContain('quite another one');
  });

  it('has its role and its existence from the store: a token does not outlive them', async () => {
    const { call } = await startAdminApi();
    const id = await addUser(call, 'ada', 'admin');
    const as = String((await login(call, 'ada')).body.token);
    expect((await call('GET', '/admin/users', { as })).status).toBe(200);
    await call('PATCH', `/admin/users/${id}`, { body: { role: 'viewer' } });
    expect((await call('GET', '/admin/users', { as })).status).toBe(403);
    expect((await call('GET', '/admin/models', { as })).status).toBe(200);
    await call('DELETE', `/admin/users/${id}`);
    await addUser(call, 'ada', 'admin');
    expect((await call('GET', '/admin/models', { as })).status).toBe(401);
  });

  it('is not the last administrator when it goes or gets another role', async () => {
    const { call } = await startAdminApi();
    const path = '/admin/users/user_admin';
    const refused = { status: 409, body: { error: { code: 'conflict' } } };
    expect(await call('DELETE', path)).toMatchObject(refused);
    expect(await call('PATCH', path, { body: { role: 'viewer' } })).toMatchObject(refused);
    await addUser(call, 'second', 'admin');
    expect((await call('DELETE', path)).status).toBe(200);
  });

  it('does not go while it has keys', async () => {
    const { call } = await startAdminApi();
    await call('POST', '/admin/virtual-keys', { as: 'olga', body: { name: 'olgas' } });
    expect(await call('DELETE', '/admin/users/user_olga')).toMatchObject({
      status: 409,
      body: { error: { code: 'in_use' } },
    });
  });

  it.each([
    [{ username: 'olga', password: PASSWORD, role: 'viewer' }, 409, 'username'],
    [{ username: 'admin-token', password: PASSWORD, role: 'viewer' }, 400, 'username'],
    [{ username: 'a b', password: PASSWORD, role: 'viewer' }, 400, 'username'],
    [{ username: 'ada', password: 'short', role: 'viewer' }, 400, 'password'],
    [{ username: 'ada', password: PASSWORD, role: 'root' }, 400, 'role'],
  ])('is refused as %j', async (body, status, param) => {
    const { call } = await startAdminApi();
    expect(await call('POST', '/admin/users', { body })).toMatchObject({
      status,
      body: { error: { param } },
    });
  });
});

describe('registration', () => {
  const register = (call: AdminCall, body: object) => call('POST', '/auth/register', { as: null, body });

  it('is off until an administrator allows it, and makes viewers', async () => {
    const { call } = await startAdminApi();
    const body = { username: 'newcomer', password: PASSWORD };
    expect(await register(call, body)).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    await call('POST', SETTINGS, { body: { allowRegistration: true } });
    const shown = await call('GET', '/public/system-settings', { as: null });
    expect(shown.body).toEqual({ allowRegistration: true, corsEnabled: false });
    const registered = await register(call, body);
    expect(registered).toMatchObject({
      status: 201,
      body: { user: { username: 'newcomer', role: 'viewer' } },
    });
    const as = String(registered.body.token);
    expect((await call('GET', '/admin/models', { as })).status).toBe(200);
    expect((await call('POST', '/admin/virtual-keys', { as, body: { name: 'x' } })).status).toBe(403);
  });

  it('takes no role from the request', async () => {
    const { call } = await startAdminApi();
    await call('POST', SETTINGS, { body: { allowRegistration: true } });
    const body = { username: 'newcomer', password: PASSWORD, role: 'admin' };
    expect((await register(call, body)).status).toBe(400);
  });
});

describe('the settings of the installation', () => {
  it('change in what is named, inside the list for bots too', async () => {
    const { call } = await startAdminApi();
    await call('POST', SETTINGS, {
      body: { publicUrl: 'https://gateway.example.com', antiBot: { blockedUserAgents: ['curl', 'wget'] } },
    });
    const before = (await call('GET', SETTINGS)).body;
    expect(before).toMatchObject({
      allowRegistration: false,
      corsEnabled: false,
      publicUrl: 'https://gateway.example.com',
      litellmCompatEnabled: true,
    });
    const { body } = await call('PATCH', SETTINGS, { body: { antiBot: { enabled: true } } });
    expect(body).toEqual({
      ...before,
      antiBot: {
        enabled: true,
        blockBots: false,
        blockSuspicious: false,
        logOnly: false,
        allowedUserAgents: [],
        blockedUserAgents: ['curl', 'wget'],
      },
    });
    expect((await call('GET', SETTINGS, { as: 'vera' })).body).toEqual(body);
  });

  it.each([
    [{ publicUrl: 'ftp://host' }, 'publicUrl'],
    [{ modelPresetsUrl: 'file:///etc/passwd' }, 'modelPresetsUrl'],
    [{ modelPresetsUrl: 'https://user:secret@host/list.json' }, 'modelPresetsUrl'],
    [{ antiBot: { blockedUserAgents: ['a,b'] } }, 'antiBot.blockedUserAgents.0'],
    [{ catalog_version: '1' }, null],
  ])('refuse %j', async (body, param) => {
    const { call } = await startAdminApi();
    expect(await call('POST', SETTINGS, { body })).toMatchObject({ status: 400, body: { error: { param } } });
  });
});

describe('the audit log', () => {
  it('has who changed what, before and after, and nothing of a change that was refused', async () => {
    const { call, db, changes } = await startAdminApi();
    await call('POST', '/admin/virtual-keys', { as: 'olga', body: { name: 'team' } });
    const { id } = await db('virtual_keys').first();
    await call('PATCH', `/admin/virtual-keys/${id}`, { as: 'admin', body: { enabled: false } });
    await call('PATCH', `/admin/virtual-keys/${id}`, { body: { ownerId: 'user_nobody' } });
    await call('DELETE', `/admin/virtual-keys/${id}`);
    const { body } = await call('GET', '/admin/audit?entity=virtual-key');
    expect(body.total).toBe(3);
    const byAction = (action: string) => expect.objectContaining({ action, entityId: id });
    expect(body.entries).toEqual(expect.arrayContaining(['create', 'update', 'delete'].map(byAction)));
    expect((await call('GET', '/admin/audit?action=update')).body.entries).toMatchObject([
      {
        actor: 'admin',
        before: { name: 'team', enabled: true },
        after: { name: 'team', enabled: false },
      },
    ]);
    const byActor = async (actor: string) => (await call('GET', `/admin/audit?actor=${actor}`)).body.total;
    expect([await byActor('olga'), await byActor('admin'), await byActor('admin-token')]).toEqual([1, 1, 1]);
    expect(changes()).toBe(3);
  });

  it('comes with a new version of the catalog for each change that is made, and for no other', async () => {
    const { call, db } = await startAdminApi();
    const versionOf = () => db('system_config').where({ key: 'catalog_version' }).first('value');
    await call('POST', '/admin/virtual-keys', { body: { name: 'team' } });
    const first = await versionOf();
    expect(first).toBeDefined();
    await call('POST', '/admin/virtual-keys', { body: { name: 'team' } });
    expect(await versionOf()).toEqual(first);
    await call('POST', '/admin/virtual-keys', { body: { name: 'other' } });
    expect(await versionOf()).not.toEqual(first);
  });

  it('comes in pages and by time', async () => {
    const { call, db } = await startAdminApi();
    for (const name of ['a', 'b', 'c']) await call('POST', '/admin/virtual-keys', { body: { name } });
    const [second] = await db('audit_log').where('after', 'like', '%"name":"b"%');
    await db('audit_log').where({ id: second.id }).update({ created_at: 1000 });
    const last = await call('GET', '/admin/audit?page=2&pageSize=2');
    expect(last.body).toMatchObject({ total: 3, entries: [{ after: { name: 'b' } }] });
    expect((await call('GET', '/admin/audit?endTime=1001')).body.total).toBe(1);
    expect((await call('GET', '/admin/audit?startTime=1001')).body.total).toBe(2);
    expect((await call('GET', '/admin/audit?page=0')).status).toBe(400);
  });
});
