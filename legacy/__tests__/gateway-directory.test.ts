import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createMigratedDatabase } from '../../test/support/migrated-database.ts';
import { callFor } from '../../test/support/provider-call.ts';
import { createRecordingLogger } from '../../test/support/recording-logger.ts';
import { createGatewayDirectory } from '../gateway-directory.ts';

const TIMES = { created_at: 1, updated_at: 1 };

/** Turns texts around. */
const cipher = {
  open(sealed: string): Secret {
    if (!sealed.startsWith('sealed:')) throw new Error('unknown format');
    return new Secret(sealed.slice('sealed:'.length));
  },
};

async function create() {
  const { db } = await createMigratedDatabase();
  const logger = createRecordingLogger();
  return { db, logger, directory: createGatewayDirectory({ db, cipher, logger }) };
}

function addGateway(db: Knex, id: string, columns: object = {}): Promise<unknown> {
  return db('portkey_gateways').insert({ id, name: id, url: `https://${id}.example`, ...TIMES, ...columns });
}

function addRule(db: Knex, gateway: string, rule_type: string, rule_value: string): Promise<unknown> {
  const id = `${gateway} ${rule_type} ${rule_value}`;
  return db('model_routing_rules').insert({
    id,
    name: id,
    portkey_gateway_id: gateway,
    rule_type,
    rule_value,
    ...TIMES,
  });
}

const call = (model: string, identifier = model) => callFor({ model, body: { model: identifier } });

describe('createGatewayDirectory', () => {
  it('chooses nothing where nothing is stored, and where the tables are gone', async () => {
    const { db, directory } = await create();
    expect(directory.choose(call('a'))).toBeUndefined();
    await directory.refresh();
    expect(directory.choose(call('a'))).toBeUndefined();
    await addGateway(db, 'one');
    await directory.refresh();
    expect(directory.isEmpty()).toBe(false);
    await db.schema.dropTable('model_routing_rules');
    await db.schema.dropTable('portkey_gateways');
    await directory.refresh();
    expect(directory.choose(call('a'))).toBeUndefined();
  });

  it('sends calls by the rules, and by the changed ones after a refresh only', async () => {
    const { db, directory } = await create();
    await addGateway(db, 'one', { is_default: true });
    await addGateway(db, 'two');
    await addRule(db, 'two', 'model_name', 'claude-*');
    await directory.refresh();
    const urls = () =>
      [call('gpt'), call('claude-x'), call('smart', 'claude-y')].map((asked) => directory.choose(asked)?.url);
    expect(urls()).toEqual(['https://one.example', 'https://two.example', 'https://two.example']);
    await db('model_routing_rules').update({ rule_value: 'gpt' });
    expect(urls()[0]).toBe('https://one.example');
    await directory.refresh();
    expect(urls()).toEqual(['https://two.example', 'https://one.example', 'https://one.example']);
  });

  it('knows a provider by its id and by the name it is given', async () => {
    const { db, directory } = await create();
    await addGateway(db, 'one', { is_default: true });
    await addGateway(db, 'two');
    await db('providers').insert({ id: 'provider', name: 'Häuslich', type: 'openai', api_key: '', ...TIMES });
    await addRule(db, 'two', 'provider', 'häus*');
    await directory.refresh();
    expect(directory.choose(call('gpt'))?.url).toBe('https://two.example');
    await db('model_routing_rules').update({ rule_value: 'PROVIDER' });
    await directory.refresh();
    expect(directory.choose(call('gpt'))?.url).toBe('https://two.example');
  });

  it('gives the headers that the gateway lets calls in by, and its address without a slash behind it', async () => {
    const { db, directory } = await create();
    await addGateway(db, 'one', { url: 'https://one.example/base/', api_key: 'sealed:pgw_1' });
    await directory.refresh();
    expect(directory.choose(call('gpt'))).toEqual({
      url: 'https://one.example/base',
      headers: { 'x-gateway-id': 'one', 'x-api-key': 'pgw_1' },
    });
  });

  it('answers 503 where every stored gateway is disabled', async () => {
    const { db, directory } = await create();
    await addGateway(db, 'one', { enabled: false });
    await directory.refresh();
    expect(() => directory.choose(call('gpt'))).toThrow(
      expect.objectContaining({ code: 'no_gateway_available', status: 503, retryAfterSeconds: 1 }),
    );
  });

  it.each([
    ['whose key cannot be unsealed', { api_key: 'plain' }],
    ['whose address is none', { url: 'nowhere' }],
    ['whose address is no place on the web', { url: 'file:///etc' }],
  ])('does without a gateway %s, tells it in the log, and uses the others', async (_, columns) => {
    const { db, directory, logger } = await create();
    await addGateway(db, 'broken', { is_default: true, ...columns });
    await addGateway(db, 'one');
    await directory.refresh();
    expect(directory.choose(call('gpt'))?.url).toBe('https://one.example');
    expect(directory.usable().map(({ id }) => id)).toEqual(['one']);
    expect(logger.entries).toMatchObject([{ level: 'error', fields: { gateway: 'broken' } }]);
    expect(JSON.stringify(logger.entries)).not.toContain('plain');
  });

  it('logs a pattern that is none once, however often it is read and asked', async () => {
    const { db, directory, logger } = await create();
    await addGateway(db, 'one');
    await addRule(db, 'one', 'pattern', '(gpt');
    for (const model of ['a', 'b']) {
      await directory.refresh();
      directory.choose(call(model));
    }
    expect(logger.entries).toMatchObject([{ level: 'error', fields: { pattern: '(gpt' } }]);
  });

  it('keeps what it read before where it cannot be read anew', async () => {
    const { db, directory } = await create();
    await addGateway(db, 'one');
    await directory.refresh();
    await db('portkey_gateways').update({ created_at: 'yesterday' });
    await expect(directory.refresh()).rejects.toThrow();
    expect(directory.choose(call('gpt'))?.url).toBe('https://one.example');
  });
});
