import { describe, expect, it } from 'vitest';
import { type AdminCall, startAdminApi } from './admin-fixture.ts';

const PASSWORD = 'a long enough password';
const OTHER = 'quite another password';
const PATH = '/auth/password';

const logIn = (call: AdminCall, password = PASSWORD) =>
  call('POST', '/auth/login', { as: null, body: { username: 'ada', password } });

const changeOwn = (call: AdminCall, as: string | undefined, currentPassword: string, newPassword = OTHER) =>
  call('POST', PATH, { body: { currentPassword, newPassword }, ...(as === undefined ? {} : { as }) });

/** With the operator `ada`, who is logged in twice. */
async function startWithAda() {
  const fixture = await startAdminApi();
  const { call } = fixture;
  const body = { username: 'ada', password: PASSWORD, role: 'operator' };
  const id = String((await call('POST', '/admin/users', { body })).body.id);
  const tokens = [String((await logIn(call)).body.token), String((await logIn(call)).body.token)] as const;
  const statusOf = async (as: string) => (await call('GET', '/auth/profile', { as })).status;
  return { ...fixture, id, tokens, statusOf };
}

describe('a token of an account', () => {
  it('ends with the password that an administrator changes, and one for the new password is good', async () => {
    const { call, id, tokens, statusOf } = await startWithAda();
    for (const token of tokens) expect(await statusOf(token)).toBe(200);
    await call('PATCH', `/admin/users/${id}`, { body: { password: OTHER } });
    for (const token of tokens) expect(await statusOf(token)).toBe(401);
    expect(await statusOf(String((await logIn(call, OTHER)).body.token))).toBe(200);
  });

  it('does not end with another change of the account', async () => {
    const { call, id, tokens, statusOf } = await startWithAda();
    await call('PATCH', `/admin/users/${id}`, { body: { role: 'admin', username: 'ada.l' } });
    expect(await statusOf(tokens[0])).toBe(200);
    const profile = await call('GET', '/auth/profile', { as: tokens[0] });
    expect(profile.body).toMatchObject({ username: 'ada.l', role: 'admin' });
  });

  it('has at once the role that the account has now', async () => {
    const { call, id, tokens } = await startWithAda();
    const makeKey = (name: string) => call('POST', '/admin/virtual-keys', { as: tokens[0], body: { name } });
    expect((await makeKey('first')).status).toBe(201);
    await call('PATCH', `/admin/users/${id}`, { body: { role: 'viewer' } });
    expect((await makeKey('second')).status).toBe(403);
  });

  it('does nothing while the account is switched off, which logs in no more either', async () => {
    const { call, id, tokens, statusOf } = await startWithAda();
    const switched = await call('PATCH', `/admin/users/${id}`, { body: { enabled: false } });
    expect(switched.body).toMatchObject({ username: 'ada', role: 'operator', enabled: false });
    expect(await statusOf(tokens[0])).toBe(401);
    expect(await logIn(call)).toMatchObject({ status: 401, body: { error: { code: 'login_failed' } } });
    await call('PATCH', `/admin/users/${id}`, { body: { enabled: true } });
    expect(await statusOf(tokens[0])).toBe(200);
    expect((await logIn(call)).status).toBe(200);
  });

  it('ends with the account', async () => {
    const { call, id, tokens, statusOf } = await startWithAda();
    await call('DELETE', `/admin/users/${id}`);
    expect(await statusOf(tokens[0])).toBe(401);
  });
});

describe('the last administrator', () => {
  it('is not switched off, though there be another that is', async () => {
    const { call, id } = await startWithAda();
    await call('PATCH', `/admin/users/${id}`, { body: { role: 'admin', enabled: false } });
    const refused = await call('PATCH', '/admin/users/user_admin', { body: { enabled: false } });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    expect((await call('GET', '/admin/users/user_admin')).body.enabled).toBe(true);
  });
});

describe('one’s own password', () => {
  it('is changed by who knows it: the tokens of before end, and the answer has one that is good', async () => {
    const { call, id, tokens, statusOf } = await startWithAda();
    const changed = await changeOwn(call, tokens[0], PASSWORD);
    expect(changed).toMatchObject({
      status: 200,
      body: { user: { id, username: 'ada', role: 'operator' }, expiresAt: expect.any(Number) },
    });
    for (const token of tokens) expect(await statusOf(token)).toBe(401);
    expect(await statusOf(String(changed.body.token))).toBe(200);
    expect([(await logIn(call)).status, (await logIn(call, OTHER)).status]).toEqual([401, 200]);
    const { body, text } = await call('GET', `/admin/audit?entityId=${id}&action=update`);
    expect(body.entries).toMatchObject([{ actor: 'ada', after: { passwordChanged: true } }]);
    expect(text).not.toMatch(new RegExp(`${PASSWORD}|${OTHER}|scrypt`));
  });

  it.each([
    [{ currentPassword: 'not the password', newPassword: OTHER }, 'currentPassword'],
    [{ currentPassword: PASSWORD, newPassword: 'short' }, 'newPassword'],
    [{ newPassword: OTHER }, 'currentPassword'],
  ])('stays as it is for %j, and the answer names the field', async (body, param) => {
    const { call, tokens, statusOf } = await startWithAda();
    const refused = await call('POST', PATH, { as: tokens[0], body });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalid_body', param } } });
    expect(await statusOf(tokens[0])).toBe(200);
    expect((await logIn(call)).status).toBe(200);
  });

  it('is guessed no more often than a login is, and both count together', async () => {
    const { call, tokens } = await startWithAda();
    for (let round = 0; round < 3; round += 1)
      expect((await changeOwn(call, tokens[0], `guess ${round}`)).status).toBe(400);
    for (let round = 0; round < 2; round += 1) expect((await logIn(call, `guess ${round}`)).status).toBe(401);
    for (const answer of [await changeOwn(call, tokens[0], PASSWORD), await logIn(call)]) {
      expect(answer).toMatchObject({ status: 429, body: { error: { code: 'too_many_attempts' } } });
    }
  });

  it('is nothing that the token of automation has', async () => {
    const { call } = await startWithAda();
    const refused = await changeOwn(call, undefined, PASSWORD);
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
  });

  it('is changed once, where it is changed twice at the same time', async () => {
    const { call, tokens } = await startWithAda();
    const answers = await Promise.all([
      changeOwn(call, tokens[0], PASSWORD, 'password number one'),
      changeOwn(call, tokens[1], PASSWORD, 'password number two'),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const logins = [await logIn(call, 'password number one'), await logIn(call, 'password number two')];
    expect(logins.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});
