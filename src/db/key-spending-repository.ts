import type { Knex } from 'knex';
import { z } from 'zod';
import type { BudgetStore } from '../services/limits/budget-store.ts';
import { bigNumber } from './row-types.ts';

const rowSchema = z.object({ tokens: bigNumber, nano_dollars: bigNumber }).optional();

/** What keys have spent, by month, in the database. */
export function createKeySpendingRepository(db: Knex): BudgetStore {
  return {
    async spent(keyId, month) {
      const row = rowSchema.parse(await db('key_spending').where({ virtual_key_id: keyId, month }).first());
      return { tokens: row?.tokens ?? 0, nanoDollars: row?.nano_dollars ?? 0 };
    },
    async add(keyId, month, { tokens, nanoDollars }) {
      await db('key_spending')
        .insert({ virtual_key_id: keyId, month, tokens, nano_dollars: nanoDollars })
        .onConflict(['virtual_key_id', 'month'])
        .merge({
          tokens: db.raw('?? + ?', ['key_spending.tokens', tokens]),
          nano_dollars: db.raw('?? + ?', ['key_spending.nano_dollars', nanoDollars]),
        });
    },
  };
}
