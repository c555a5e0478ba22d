import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../core/secret.ts';
import { createAdminSessions } from '../admin-sessions.ts';
import { deriveKey } from '../derive-key.ts';

const HOUR_MS = 60 * 60 * 1000;
const MASTER_KEY = Buffer.alloc(32, 1);
const sessions = createAdminSessions(MASTER_KEY, new Secret('automation-token'));
const user = { id: 'user_1', username: 'ada', role: 'operator', tokenVersion: 3 } as const;
const ACTOR = { name: 'ada', role: 'operator', account: user };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a session', () => {
  it('stands for its user and role', () => {
    expect(sessions.verify(sessions.issue(user).token)).toEqual(ACTOR);
  });

  it('is accepted by another process with the same master key, and by none with another', () => {
    const { token } = sessions.issue(user);
    expect(createAdminSessions(Buffer.alloc(32, 1), undefined).verify(token)).toEqual(ACTOR);
    expect(createAdminSessions(Buffer.alloc(32, 2), undefined).verify(token)).toBeUndefined();
  });

  it('lasts twelve hours and says until when', () => {
    const { token, expiresAt } = sessions.issue(user);
    expect(expiresAt).toBe(Date.now() + 12 * HOUR_MS);
    vi.advanceTimersByTime(12 * HOUR_MS - 1);
    expect(sessions.verify(token)).toBeDefined();
    vi.advanceTimersByTime(2);
    expect(sessions.verify(token)).toBeUndefined();
  });

  it('holds nothing of the password', () => {
    const record = { ...user, passwordHash: 'scrypt:salt:hash' };
    const [payload = ''] = sessions.issue(record).token.split('.');
    expect(Buffer.from(payload, 'base64url').toString()).not.toContain('scrypt');
  });

  it('of before accounts had versions is one of their first', () => {
    const content = JSON.stringify({ sub: 'ada', uid: 'user_1', role: 'operator', exp: Date.now() + 1 });
    const payload = Buffer.from(content).toString('base64url');
    const key = deriveKey(MASTER_KEY, 'admin-sessions');
    const signature = createHmac('sha256', key).update(payload).digest('base64url');
    const account = { ...user, tokenVersion: 0 };
    expect(sessions.verify(`${payload}.${signature}`)).toEqual({ ...ACTOR, account });
  });

  it('is refused with another payload under its signature', () => {
    const [payload = '', signature] = sessions.issue(user).token.split('.');
    const claims = Buffer.from(payload, 'base64url').toString().replace('operator', 'admin');
    expect(sessions.verify(`${Buffer.from(claims).toString('base64url')}.${signature}`)).toBeUndefined();
  });

  it('is refused with a changed or foreign signature', () => {
    const [payload = '', signature = ''] = sessions.issue(user).token.split('.');
    const forged = createHmac('sha256', MASTER_KEY).update(payload).digest('base64url');
    const [, ofAnother = ''] = sessions.issue({ ...user, username: 'eve' }).token.split('.');
    const turned = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    for (const other of [forged, ofAnother, turned, signature.slice(0, -1), '']) {
      expect(sessions.verify(`${payload}.${other}`)).toBeUndefined();
    }
  });

  it.each([[''], ['.'], ['token'], ['a.b'], ['null.null'], ['..']])('is not what %j is', (token) => {
    expect(sessions.verify(token)).toBeUndefined();
  });
});

describe('the token for automation', () => {
  it('acts as admin and does not expire', () => {
    vi.advanceTimersByTime(1000 * HOUR_MS);
    expect(sessions.verify('automation-token')).toEqual({ name: 'admin-token', role: 'admin' });
  });

  it.each([['automation-toke'], ['automation-tokens'], ['Automation-token'], ['']])('is not %j', (token) => {
    expect(sessions.verify(token)).toBeUndefined();
  });

  it('does not exist where none is configured', () => {
    const without = createAdminSessions(MASTER_KEY, undefined);
    expect(without.verify('undefined')).toBeUndefined();
    expect(without.verify('')).toBeUndefined();
  });
});
