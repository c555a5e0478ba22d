import { describe, expect, it } from 'vitest';
import { startAdminApi } from './admin-fixture.ts';

const PATH = '/admin/expert-routing/preferences/preview-width';

describe('the width of the preview of expert routing', () => {
  it('is 600 until it is set, and then the same for all accounts, under the source system’s name', async () => {
    const { call, db } = await startAdminApi();
    expect((await call('GET', PATH, { as: 'vera' })).body).toEqual({ width: 600 });
    expect((await call('POST', PATH, { as: 'olga', body: { width: 812.5 } })).body).toEqual({
      success: true,
    });
    for (const as of ['vera', 'otto'])
      expect((await call('GET', PATH, { as })).body).toEqual({ width: 812.5 });
    const stored = await db('system_config').where({ key: 'expert_routing_preview_width' });
    expect(stored).toMatchObject([{ value: '812.5' }]);
    expect((await call('GET', '/admin/audit?entity=preference')).body.entries).toMatchObject([
      { actor: 'olga', before: { width: 600 }, after: { width: 812.5 } },
    ]);
  });

  it.each([400, 1200])('may be %i', async (width) => {
    const { call } = await startAdminApi();
    await call('POST', PATH, { body: { width } });
    expect((await call('GET', PATH)).body).toEqual({ width });
  });

  it.each([[399], [1201], ['600'], [null], [undefined]])('is not %j', async (width) => {
    const { call } = await startAdminApi();
    expect(await call('POST', PATH, { body: { width } })).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_body', param: 'width' } },
    });
    expect((await call('GET', PATH)).body).toEqual({ width: 600 });
  });

  it('is 600 where an older installation has stored what is no width', async () => {
    const { call, db } = await startAdminApi();
    for (const value of ['wide', '', '99999']) {
      const row = { key: 'expert_routing_preview_width', value, updated_at: 1 };
      await db('system_config').insert(row).onConflict('key').merge();
      expect((await call('GET', PATH)).body).toEqual({ width: 600 });
    }
  });

  it('is set by operators only', async () => {
    const { call } = await startAdminApi();
    expect((await call('POST', PATH, { as: 'vera', body: { width: 700 } })).status).toBe(403);
  });
});
