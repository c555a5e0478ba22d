import { describe, expect, it } from 'vitest';
import { leadsToExperts, type ModelRoute } from '../leads-to-experts.ts';

const routes: Readonly<Record<string, ModelRoute>> = {
  plain: { strategy: 'fallback', targets: ['real', 'other'] },
  experts: { strategy: 'expert', targets: [] },
  behind: { strategy: 'loadbalance', targets: ['real', 'deeper'] },
  deeper: { strategy: 'fallback', targets: ['experts'] },
  circle: { strategy: 'fallback', targets: ['circle', 'round'] },
  round: { strategy: 'fallback', targets: ['circle'] },
};

describe('a classifier’s model (M3)', () => {
  it.each([
    ['real', false],
    ['plain', false],
    ['circle', false],
    ['experts', true],
    ['behind', true],
  ])('%s: leads to experts: %s', (model, leads) => {
    expect(leadsToExperts(model, (name) => routes[name])).toBe(leads);
  });
});
