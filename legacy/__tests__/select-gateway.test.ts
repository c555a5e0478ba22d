import { describe, expect, it } from 'vitest';
import { createRecordingLogger } from '../../test/support/recording-logger.ts';
import { createPatternMatcher } from '../pattern-matcher.ts';
import { type GatewayChoice, type GatewayQuestion, selectGateway } from '../select-gateway.ts';
import { routingRule, storedGateway } from './stored-gateways.ts';

const question: GatewayQuestion = {
  models: ['chat', 'gpt-4o-mini'],
  provider: { id: 'openai-eu', name: 'OpenAI Europe', baseUrl: 'https://eu.api.example/v1' },
};
const gateways = [storedGateway({ id: 'standard', isDefault: true }), storedGateway({ id: 'other' })];

function select(choice: Partial<GatewayChoice>, asked = question): string | undefined {
  const patterns = createPatternMatcher(createRecordingLogger());
  return selectGateway({ gateways, rules: [], ...choice }, asked, patterns)?.id;
}

const rule = (ruleType: string, ruleValue: string, portkeyGatewayId = 'other') =>
  routingRule({ ruleType, ruleValue, portkeyGatewayId });

describe('selectGateway', () => {
  it.each([
    ['model_name', 'GPT-4o-mini'],
    ['model_name', 'chat'],
    ['model_name', 'gpt-*'],
    ['model_name', '*'],
    ['provider', 'openai-EU'],
    ['provider', 'openai europe'],
    ['provider', 'openai*'],
    ['region', 'EU.api'],
    ['pattern', '4o'],
    ['pattern', '^openai e'],
    ['pattern', '^(claude|gpt)-'],
    ['by_weekday', 'gpt-4o-mini'],
  ])('follows a rule by %s that is %j', (type, value) => {
    expect(select({ rules: [rule(type, value)] })).toBe('other');
  });

  it.each([
    ['model_name', 'gpt-4o'],
    ['model_name', '4o'],
    ['model_name', '^gpt'],
    ['model_name', 'openai-eu'],
    ['provider', 'openai'],
    ['provider', 'chat'],
    ['region', 'us.api'],
    ['pattern', '^4o'],
    ['pattern', '(gpt'],
    ['by_weekday', 'gpt'],
  ])('does not follow a rule by %s that is %j', (type, value) => {
    expect(select({ rules: [rule(type, value)] })).toBe('standard');
  });

  it('takes the first rule that matches, in the order given', () => {
    const rules = [
      rule('model_name', 'claude-*', 'standard'),
      rule('model_name', '*', 'other'),
      rule('provider', '*', 'standard'),
    ];
    expect(select({ rules })).toBe('other');
  });

  it('goes on to the next rule where the rule or its gateway is disabled, or its gateway is gone', () => {
    const off = storedGateway({ id: 'off', enabled: false });
    const rules = [
      rule('model_name', '*', 'off'),
      rule('model_name', '*', 'gone'),
      { ...rule('model_name', '*', 'standard'), enabled: false },
      rule('model_name', '*', 'other'),
    ];
    expect(select({ gateways: [off, ...gateways], rules })).toBe('other');
  });

  it('falls to the default gateway, to the first where there is no default, and to none where all are disabled', () => {
    const [standard, other] = [
      storedGateway({ id: 'standard', isDefault: true }),
      storedGateway({ id: 'other' }),
    ];
    expect(select({ gateways: [other, standard] })).toBe('standard');
    expect(select({ gateways: [other, { ...standard, isDefault: false }] })).toBe('other');
    expect(select({ gateways: [{ ...standard, enabled: false }, other] })).toBe('other');
    expect(select({ gateways: [{ ...standard, enabled: false }] })).toBeUndefined();
  });
});
