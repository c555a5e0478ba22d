import { describe, expect, it } from 'vitest';
import { startAdminApi } from './admin-fixture.ts';

const URL = 'https://hooks.example/secret-path';

describe('webhooks on the admin API', () => {
  it('show their secret once, and the audit log has neither it nor the path', async () => {
    const { call, db } = await startAdminApi();
    const added = await call('POST', '/admin/webhooks', { body: { url: URL } });
    expect(added).toMatchObject({ status: 201, body: { url: URL, enabled: true } });
    const secret = String(added.body.secret);
    expect(secret).toMatch(/^whsec_[\w-]{43}$/);
    const changed = await call('PATCH', `/admin/webhooks/${added.body.id}`, {
      body: { secret: 'another secret of theirs' },
    });
    const listed = await call('GET', '/admin/webhooks');
    const audit = await call('GET', '/admin/audit?entity=webhook');
    expect(audit.body.entries).toHaveLength(2);
    for (const { text } of [changed, listed, audit]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain('another secret');
    }
    expect(audit.text).not.toContain('secret-path');
    const [row] = await db('webhooks');
    expect(row.secret).toMatch(/^v1:/);
  });

  it.each(['olga', 'vera'])('are for admins only, and not for %s', async (as) => {
    const { call } = await startAdminApi();
    expect((await call('GET', '/admin/webhooks', { as })).status).toBe(403);
    expect((await call('POST', '/admin/webhooks', { as, body: { url: URL } })).status).toBe(403);
  });

  it.each(['http://127.0.0.1/hook', 'https://[::1]/', 'https://inner.example/'])(
    'may not be at %s where no private address is allowed',
    async (url) => {
      const resolveHost = async () => ['10.0.0.1'];
      const { call } = await startAdminApi({ allowPrivateUpstreams: false, resolveHost });
      const answer = await call('POST', '/admin/webhooks', { body: { url } });
      expect(answer).toMatchObject({ status: 400, body: { error: { param: 'url' } } });
      expect((await call('GET', '/admin/webhooks')).body).toEqual({ webhooks: [] });
    },
  );

  it('take their deliveries with them, and a test only where they are on', async () => {
    const { call, db } = await startAdminApi();
    const { id } = (await call('POST', '/admin/webhooks', { body: { url: URL } })).body;
    const { delivery } = (await call('POST', `/admin/webhooks/${id}/test`)).body;
    const { deliveries } = (await call('GET', `/admin/webhooks/${id}/deliveries`)).body;
    expect(deliveries).toMatchObject([{ id: delivery, event: 'webhook.test', status: 'pending' }]);
    await call('PATCH', `/admin/webhooks/${id}`, { body: { enabled: false } });
    expect((await call('POST', `/admin/webhooks/${id}/test`)).status).toBe(409);
    await call('DELETE', `/admin/webhooks/${id}`);
    expect((await call('GET', `/admin/webhooks/${id}/deliveries`)).status).toBe(404);
    expect(await db('webhook_deliveries')).toEqual([]);
  });
});
