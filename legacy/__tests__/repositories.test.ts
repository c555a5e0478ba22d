import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../test/support/migrated-database.ts';
import { findGateway, insertGateway, listGateways, updateGateway } from '../gateways-repository.ts';
import { findRule, insertRule, listRules, updateRule } from '../routing-rules-repository.ts';

const GATEWAY = {
  name: 'Frankfurt',
  url: 'https://portkey.example:8788',
  description: 'in Frankfurt',
  isDefault: false,
  enabled: true,
  containerName: 'portkey',
  port: 8788,
  sealedKey: 'v1:sealed',
};
const RULE = {
  name: 'to Frankfurt',
  description: 'all of them',
  portkeyGatewayId: 'a',
  ruleType: 'model_name',
  ruleValue: '*',
  priority: 5,
  enabled: true,
};
const TIMES = { createdAt: expect.any(Number), updatedAt: expect.any(Number) };

describe('the gateways repository', () => {
  it("gives back what was stored, with the source system's defaults for what its agent reported", async () => {
    const { db } = await createMigratedDatabase();
    await insertGateway(db, 'a', GATEWAY);
    const reported = { installStatus: 'pending', lastHeartbeat: null, agentVersion: null };
    expect(await findGateway(db, 'a')).toEqual({ id: 'a', ...GATEWAY, ...reported, ...TIMES });
    expect(await findGateway(db, 'b')).toBeUndefined();
  });

  it('D3 has each value in the column of its name', async () => {
    const { db } = await createMigratedDatabase();
    await insertGateway(db, 'a', GATEWAY);
    expect(await db('portkey_gateways').first()).toEqual({
      id: 'a',
      name: 'Frankfurt',
      url: 'https://portkey.example:8788',
      description: 'in Frankfurt',
      is_default: 0,
      enabled: 1,
      container_name: 'portkey',
      port: 8788,
      api_key: 'v1:sealed',
      install_status: 'pending',
      last_heartbeat: null,
      agent_version: null,
      created_at: expect.any(Number),
      updated_at: expect.any(Number),
    });
  });

  it('changes the named fields alone, and empties those that are null', async () => {
    const { db } = await createMigratedDatabase();
    await insertGateway(db, 'a', GATEWAY);
    await updateGateway(db, 'a', { enabled: false, port: null, name: undefined });
    expect(await findGateway(db, 'a')).toMatchObject({ ...GATEWAY, enabled: false, port: null });
  });

  it('lists default gateways first, then the newest', async () => {
    const { db } = await createMigratedDatabase();
    for (const [id, isDefault, created_at] of [
      ['old', false, 1],
      ['new', false, 2],
      ['default', true, 0],
    ] as const) {
      await insertGateway(db, id, { ...GATEWAY, isDefault });
      await db('portkey_gateways').where({ id }).update({ created_at });
    }
    expect((await listGateways(db)).map(({ id }) => id)).toEqual(['default', 'new', 'old']);
  });

  it('reads a row that an older installation left with nothing but what is required', async () => {
    const { db } = await createMigratedDatabase();
    await db('portkey_gateways').insert({
      id: 'a',
      name: 'a',
      url: 'http://a',
      created_at: 1,
      updated_at: 1,
    });
    expect(await findGateway(db, 'a')).toMatchObject({ enabled: true, isDefault: false, sealedKey: null });
  });
});

describe('the routing rules repository', () => {
  it('gives back what was stored, and changes the named fields alone', async () => {
    const { db } = await createMigratedDatabase();
    await insertGateway(db, 'a', GATEWAY);
    await insertRule(db, 'r', RULE);
    expect(await findRule(db, 'r')).toEqual({ id: 'r', ...RULE, ...TIMES });
    await updateRule(db, 'r', { priority: 0, description: null });
    expect(await findRule(db, 'r')).toMatchObject({ ...RULE, priority: 0, description: null });
  });

  it('D3 has each value in the column of its name', async () => {
    const { db } = await createMigratedDatabase();
    await insertGateway(db, 'a', GATEWAY);
    await insertRule(db, 'r', RULE);
    expect(await db('model_routing_rules').first()).toEqual({
      id: 'r',
      name: 'to Frankfurt',
      description: 'all of them',
      portkey_gateway_id: 'a',
      rule_type: 'model_name',
      rule_value: '*',
      priority: 5,
      enabled: 1,
      created_at: expect.any(Number),
      updated_at: expect.any(Number),
    });
  });

  it('lists rules by priority, the newest first among equals, of one gateway or of all', async () => {
    const { db } = await createMigratedDatabase();
    for (const id of ['a', 'b']) await insertGateway(db, id, GATEWAY);
    for (const [id, priority, created_at, portkeyGatewayId] of [
      ['low', -1, 9, 'a'],
      ['old', 5, 1, 'b'],
      ['new', 5, 2, 'a'],
      ['high', 6, 0, 'a'],
    ] as const) {
      await insertRule(db, id, { ...RULE, priority, portkeyGatewayId });
      await db('model_routing_rules').where({ id }).update({ created_at });
    }
    const ids = async (gateway?: string) => (await listRules(db, gateway)).map(({ id }) => id);
    expect(await ids()).toEqual(['high', 'new', 'old', 'low']);
    expect(await ids('b')).toEqual(['old']);
  });

  it('holds no rule without its gateway', async () => {
    const { db } = await createMigratedDatabase();
    await expect(insertRule(db, 'r', RULE)).rejects.toThrow(/FOREIGN KEY/);
    await insertGateway(db, 'a', GATEWAY);
    await insertRule(db, 'r', RULE);
    await db('portkey_gateways').where({ id: 'a' }).delete();
    expect(await listRules(db)).toEqual([]);
  });
});
