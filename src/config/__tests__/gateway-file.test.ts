import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { ConfigurationError } from '../../core/configuration-error.ts';
import { parseGatewayFile, readGatewayFile } from '../gateway-file.ts';

const openai = { id: 'openai', type: 'openai', api_key: 'sk-1' };
const model = { name: 'gpt', provider: 'openai' };

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

function readYaml(yaml: string, variables: Record<string, string> = {}) {
  const file = join(temporaryFolder(), 'gateway.yaml');
  writeFileSync(file, yaml);
  return readGatewayFile(file, variables);
}

describe('a gateway file', () => {
  it("is read as in the contract's example", () => {
    const file = readYaml(
      `
providers:
  - id: openai
    type: openai
    base_url: https://api.openai.com/v1
    api_key: \${OPENAI_API_KEY}
models:
  - {name: gpt-4o-mini, provider: openai, model_identifier: gpt-4o-mini}
virtual_models:
  - name: smart
    strategy: fallback
    targets: [{model: gpt-4o-mini}, {model: claude-sonnet}]
virtual_keys:
  - name: team-a
    key: \${TEAM_A_KEY}
    models: [gpt-4o-mini, smart]
    path: auto
    compat: portkey
    rate_limit: {rpm: 600, tpm: 200000}
    cache: true
rollout: {enrolled_percent: 0, arm_share: 1.0}
`,
      { OPENAI_API_KEY: 'sk-live', TEAM_A_KEY: 'team-a-key' },
    );
    expect(file).toEqual({
      providers: [
        { id: 'openai', type: 'openai', base_url: 'https://api.openai.com/v1', api_key: 'sk-live' },
      ],
      models: [{ name: 'gpt-4o-mini', provider: 'openai', model_identifier: 'gpt-4o-mini' }],
      virtual_models: [
        {
          name: 'smart',
          strategy: 'fallback',
          targets: [{ model: 'gpt-4o-mini' }, { model: 'claude-sonnet' }],
        },
      ],
      virtual_keys: [
        {
          name: 'team-a',
          key: 'team-a-key',
          models: ['gpt-4o-mini', 'smart'],
          path: 'auto',
          compat: 'portkey',
          rate_limit: { rpm: 600, tpm: 200000 },
          cache: true,
        },
      ],
      rollout: { enrolled_percent: 0, arm_share: 1 },
    });
  });

  it.each([[''], ['# nothing\n'], ['{}']])('may be empty: %j', (yaml) => {
    expect(readYaml(yaml)).toEqual({ providers: [], models: [], virtual_models: [], virtual_keys: [] });
  });

  it('is refused by its path where it is not there or no YAML', () => {
    expect(faultsOf(() => readGatewayFile('/nowhere/gateway.yaml', {}))[0]).toContain(
      '/nowhere/gateway.yaml',
    );
    expect(faultsOf(() => readYaml('a: [1'))[0]).toMatch(/gateway\.yaml: /);
  });

  it('shows no line of itself where it is no YAML: a key may stand there', () => {
    const faults = faultsOf(() => readYaml('providers:\n  - id: openai\n    api_key: sk-live-0123: oops\n'));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/\b3\b/);
    expect(faults[0]).not.toContain('sk-live-0123');
  });
});

describe('a provider’s key', () => {
  const keyOf = (api_key: string) =>
    parseGatewayFile({ providers: [{ ...openai, api_key }] }, 'test', {}).providers[0]?.api_key;

  it('loses the blanks and line ends around it', () => {
    expect(keyOf(' sk-1\r\n')).toBe('sk-1');
    expect(keyOf('clé d’accès'.replace('’', "'"))).toBe("clé d'accès");
  });

  it.each([
    ['a line break', 'sk-secret\nhalf'],
    ['a control character', 'sk-secret\u0007half'],
    ['a character beyond Latin-1', 'sk-secret–half'],
    ['nothing but blanks', ' \n'],
  ])('is refused with %s in it, and not quoted', (_, api_key) => {
    const faults = faultsOf(() => keyOf(api_key));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('providers.0.api_key');
    expect(faults[0]).not.toMatch(/secret|half/);
  });
});

describe('a variable in a gateway file', () => {
  const reference = (name: string) => `$\{${name}}`;

  it('is replaced anywhere in a value, several times too', () => {
    const file = parseGatewayFile(
      {
        providers: [
          { ...openai, base_url: `https://${reference('HOST')}:${reference('PORT')}/${reference('HOST')}` },
        ],
        models: [{ ...model, name: reference('NAME') }],
      },
      'test',
      { HOST: 'llm', PORT: '8080', NAME: 'gpt-$& $1' },
    );
    expect(file.providers[0]?.base_url).toBe('https://llm:8080/llm');
    expect(file.models[0]?.name).toBe('gpt-$& $1');
  });

  it('is refused by name where the variable is not set, each once', () => {
    const document = {
      providers: [{ ...openai, api_key: reference('MISSING_KEY') }],
      virtual_keys: [
        { name: 'a', key: `${reference('OTHER')} ${reference('MISSING_KEY')} ${reference('HERE')}` },
      ],
    };
    expect(faultsOf(() => parseGatewayFile(document, 'gateway.yaml', { HERE: 'x' }))).toEqual([
      'gateway.yaml: variable MISSING_KEY is not set',
      'gateway.yaml: variable OTHER is not set',
    ]);
  });

  it('cannot change the document by its value', () => {
    const injected = `x"\nvirtual_keys:\n  - {name: evil, key: "evil-key-1"}\n# ${reference('OTHER')}`;
    const yaml = `models:\n  - {name: gpt, provider: openai, model_identifier: "${reference('KEY')}"}\n`;
    const file = readYaml(yaml, { KEY: injected, OTHER: 'no' });
    expect(file.models[0]?.model_identifier).toBe(injected);
    expect(file.virtual_keys).toEqual([]);
  });

  it('stays text where the value looks like a number or a boolean', () => {
    const file = readYaml(`providers:\n  - {id: openai, type: openai, api_key: "${reference('KEY')}"}\n`, {
      KEY: '12345',
    });
    expect(file.providers[0]?.api_key).toBe('12345');
  });

  it('is left alone where it is no name of a variable', () => {
    const file = parseGatewayFile({ providers: [{ ...openai, api_key: `$KEY \${} \${a-b}` }] }, 'test', {
      KEY: 'no',
    });
    expect(file.providers[0]?.api_key).toBe(`$KEY \${} \${a-b}`);
  });

  it('is refused as empty where the variable is set to nothing', () => {
    const document = { providers: [{ ...openai, api_key: reference('KEY') }] };
    expect(faultsOf(() => parseGatewayFile(document, 'test', { KEY: '' }))[0]).toContain(
      'providers.0.api_key',
    );
  });
});

const expertModel = {
  name: 'smart',
  strategy: 'expert',
  classifier: { model: 'gpt', prompt_template: 'Name the category of {{USER_PROMPT}}' },
  experts: [{ id: 'e', category: 'c', model: 'gpt' }],
};

describe('a refusal', () => {
  it.each<[string, string, object]>([
    ['an unknown list', 'test: ', { provider: [] }],
    ['a list that is none', 'providers: ', { providers: {} }],
    ['an unknown field', 'providers.0: ', { providers: [{ ...openai, apikey: 'x' }] }],
    ['an unknown type', 'providers.0.type: ', { providers: [{ ...openai, type: 'azure' }] }],
    ['no id', 'providers.0.id: ', { providers: [{ type: 'openai', api_key: 'k' }] }],
    ['no API key', 'providers.0.api_key: ', { providers: [{ id: 'a', type: 'openai' }] }],
    ['an address that is none', 'providers.0.base_url: ', { providers: [{ ...openai, base_url: 'openai' }] }],
    [
      'another protocol',
      'providers.0.base_url: ',
      { providers: [{ ...openai, base_url: 'file:///etc/passwd' }] },
    ],
    ['no address', 'providers.0.base_url: ', { providers: [{ ...openai, type: 'openai-compatible' }] }],
    ['a provider twice', 'providers.1.id: ', { providers: [openai, { ...openai, api_key: 'sk-2' }] }],
    ['a model without name', 'models.0.name: ', { models: [{ provider: 'openai' }] }],
    ['a model without provider', 'models.0.provider: ', { models: [{ name: 'gpt' }] }],
    ['a model twice', 'models.1.name: ', { models: [model, { ...model, provider: 'other' }] }],
    ['a name too long', 'models.0.name: ', { models: [{ ...model, name: 'x'.repeat(256) }] }],
    [
      'an unknown strategy',
      'virtual_models.0.strategy: ',
      { virtual_models: [{ name: 'v', strategy: 'random', targets: [{ model: 'gpt' }] }] },
    ],
    [
      'no targets',
      'virtual_models.0.targets: ',
      { virtual_models: [{ name: 'v', strategy: 'fallback', targets: [] }] },
    ],
    [
      'targets without a weight',
      'virtual_models.0.targets: ',
      { virtual_models: [{ name: 'v', strategy: 'loadbalance', targets: [{ model: 'gpt', weight: 0 }] }] },
    ],
    [
      'a negative weight',
      'virtual_models.0.targets.1.weight: ',
      {
        virtual_models: [
          { name: 'v', strategy: 'loadbalance', targets: [{ model: 'a' }, { model: 'b', weight: -1 }] },
        ],
      },
    ],
    [
      'a status that is no error',
      'virtual_models.0.targets.0.on_status_codes.0: ',
      {
        virtual_models: [
          { name: 'v', strategy: 'fallback', targets: [{ model: 'a', on_status_codes: [200] }] },
        ],
      },
    ],
    [
      'an unknown field of a target',
      'virtual_models.0.targets.0: ',
      { virtual_models: [{ name: 'v', strategy: 'fallback', targets: [{ model: 'a', retry: 1 }] }] },
    ],
    [
      'targets of experts',
      'virtual_models.0: ',
      { virtual_models: [{ ...expertModel, targets: [{ model: 'a' }] }] },
    ],
    [
      'a prompt rule without its text',
      'models.0.prompt_config.templateContent: ',
      { models: [{ ...model, prompt_config: { operationType: 'replace' } }] },
    ],
    [
      'more money than can be counted',
      'virtual_keys.0.monthly_budget.dollars: ',
      { virtual_keys: [{ name: 'a', monthly_budget: { dollars: 9_000_001 } }] },
    ],
    [
      'less money than can be counted',
      'virtual_keys.0.monthly_budget.dollars: ',
      { virtual_keys: [{ name: 'a', monthly_budget: { dollars: 1e-10 } }] },
    ],
    [
      'a time that is none',
      'virtual_keys.0.expires_at: ',
      { virtual_keys: [{ name: 'a', expires_at: 'tomorrow' }] },
    ],
    ['a short key', 'virtual_keys.0.key: ', { virtual_keys: [{ name: 'a', key: 'secret7' }] }],
    ['a long key', 'virtual_keys.0.key: ', { virtual_keys: [{ name: 'a', key: 'k'.repeat(513) }] }],
    ['no models allowed', 'virtual_keys.0.models: ', { virtual_keys: [{ name: 'a', models: [] }] }],
    ['an unknown path', 'virtual_keys.0.path: ', { virtual_keys: [{ name: 'a', path: 'portkey' }] }],
    ['an unknown compat', 'virtual_keys.0.compat: ', { virtual_keys: [{ name: 'a', compat: 'litellm' }] }],
    [
      'a limit of nothing',
      'virtual_keys.0.rate_limit.rpm: ',
      { virtual_keys: [{ name: 'a', rate_limit: { rpm: 0 } }] },
    ],
    ['cache as text', 'virtual_keys.0.cache: ', { virtual_keys: [{ name: 'a', cache: 'true' }] }],
    ['a key name twice', 'virtual_keys.1.name: ', { virtual_keys: [{ name: 'a' }, { name: 'a' }] }],
    [
      'one key for two names',
      'virtual_keys.1.key: ',
      {
        virtual_keys: [
          { name: 'a', key: 'secret-key' },
          { name: 'b', key: 'secret-key' },
        ],
      },
    ],
    ['more than all', 'rollout.enrolled_percent: ', { rollout: { enrolled_percent: 101 } }],
    ['half a percent', 'rollout.enrolled_percent: ', { rollout: { enrolled_percent: 0.5 } }],
    ['a share above 1', 'rollout.arm_share: ', { rollout: { arm_share: 1.1 } }],
    ['a share below 0', 'rollout.arm_share: ', { rollout: { arm_share: -0.1 } }],
  ])('of %s names the field %s', (_, field, document) => {
    const faults = faultsOf(() => parseGatewayFile(document, 'test', {}));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(field);
    expect(faults[0]).not.toMatch(/secret|sk-/);
  });

  it('names every field at fault', () => {
    const document = {
      providers: [{ ...openai, type: 'azure' }],
      models: [{ name: '', provider: 'x' }],
      extra: 1,
    };
    expect(faultsOf(() => parseGatewayFile(document, 'test', {}))).toHaveLength(3);
  });

  it('does not meet keys that are left to be generated', () => {
    const file = parseGatewayFile({ virtual_keys: [{ name: 'a' }, { name: 'b' }] }, 'test', {});
    expect(file.virtual_keys).toEqual([{ name: 'a' }, { name: 'b' }]);
  });
});
