import type { Model, VirtualKey } from '../../src/core/catalog.ts';
import { Secret } from '../../src/core/secret.ts';
import { type Catalog, createCatalog } from '../../src/services/catalog.ts';
import { planTargets } from '../../src/services/routing/plan-targets.ts';
import type { Scenario, ScenarioRow } from '../scenario.ts';

const FEW = 10;
const MANY_KEYS = 10_000;
const MANY_MODELS = 1_000;
/** Rounds of which the quickest counts: what the machine does beside it only ever adds. */
const ROUNDS = 5;

/** Time that the lookup of a key and of what it asks for takes, in a small and in a large catalog. */
export const catalogScenario: Scenario = {
  name: 'catalog',
  summary: 'microseconds per lookup of a key, a model and the targets of a virtual one, few and many of them',
  async run({ quick, tell }) {
    const lookups = quick ? 50_000 : 500_000;
    const rows = [
      measure(FEW, FEW, lookups),
      measure(MANY_KEYS, FEW, lookups),
      measure(FEW, MANY_MODELS, lookups),
      measure(MANY_KEYS, MANY_MODELS, lookups),
    ];
    for (const { name, figures } of rows) tell(`${name}: ${figures.us_per_lookup} µs`);
    const json = Object.fromEntries(rows.map(({ name, figures }) => [name, figures.us_per_lookup]));
    const method = `${lookups} lookups in one process over all keys and models in turn, each by name, by identifier and as a virtual model of two targets; the quickest of ${ROUNDS} rounds after a tenth as warm-up`;
    return { rows, charted: 'us_per_lookup', json: { us_per_lookup: json, lookups }, method };
  },
};

function measure(keyCount: number, modelCount: number, lookups: number): ScenarioRow {
  const catalog = fill(keyCount, modelCount);
  const requests = requestsFor(keyCount, modelCount);
  lookUp(catalog, requests, lookups / 10);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    lookUp(catalog, requests, lookups);
    return ((performance.now() - started) * 1000) / lookups;
  });
  const figures = { us_per_lookup: Number(Math.min(...rounds).toFixed(3)) };
  return { name: `${keyCount} keys, ${modelCount} models`, figures };
}

interface LookedUp {
  readonly keyHash: string;
  readonly model: string;
}

/** As many of them whatever the size of the catalog, so that the memory of them costs the same. */
function requestsFor(keyCount: number, modelCount: number): readonly LookedUp[] {
  const forms = [
    (index: number) => `model-${index}`,
    (index: number) => `model-${index}-2024`,
    (index: number) => `virtual-${index}`,
  ];
  return Array.from({ length: MANY_KEYS * forms.length }, (_, at) => {
    const allowed = allowedFor(at % keyCount, modelCount);
    const index = allowed[Math.floor(at / forms.length) % allowed.length] ?? 0;
    return { keyHash: `hash-${at % keyCount}`, model: forms[at % forms.length]?.(index) ?? '' };
  });
}

/** The ten models that a key calls, beginning at a place of its own. */
function allowedFor(keyIndex: number, modelCount: number): readonly number[] {
  return Array.from({ length: FEW }, (_, offset) => (keyIndex + offset) % modelCount);
}

function lookUp(catalog: Catalog, requests: readonly LookedUp[], times: number): void {
  const sources = { find: catalog.find, session: undefined, random: Math.random };
  for (let at = 0; at < times; at += 1) {
    const { keyHash = '', model = '' } = requests[at % requests.length] ?? {};
    const key = catalog.findKey(keyHash, 0);
    if (key === undefined) throw new Error(`There is no key ${keyHash}.`);
    planTargets(catalog.resolve(key, model), sources);
  }
}

/** Every other key may call all models; the others have a list of those that they call. */
function fill(keyCount: number, modelCount: number): Catalog {
  const indices = Array.from({ length: modelCount }, (_, index) => index);
  const namesFor = (keyIndex: number) =>
    allowedFor(keyIndex, modelCount).flatMap((index) => [`model-${index}`, `virtual-${index}`]);
  const catalog = createCatalog();
  catalog.replace({
    providers: [
      { id: 'p', type: 'openai', baseUrl: undefined, apiKey: new Secret('sk-bench'), enabled: true },
    ],
    models: indices.map(modelNumbered),
    virtualModels: indices.map((index) => ({
      id: `virtual_${index}`,
      name: `virtual-${index}`,
      enabled: true,
      strategy: 'fallback',
      targets: [index, (index + 1) % modelCount].map((target) => ({ model: `model-${target}`, weight: 1 })),
    })),
    keys: Array.from({ length: keyCount }, (_, index) =>
      keyNumbered(index, index % 2 === 0 ? undefined : namesFor(index)),
    ),
  });
  return catalog;
}

function modelNumbered(index: number): Model {
  const name = `model-${index}`;
  return {
    id: `model_${index}`,
    name,
    providerId: 'p',
    modelIdentifier: `${name}-2024`,
    limits: {},
    enabled: true,
  };
}

function keyNumbered(index: number, models: readonly string[] | undefined): VirtualKey {
  return {
    id: `key_${index}`,
    name: `key ${index}`,
    keyHash: `hash-${index}`,
    enabled: true,
    models,
    path: 'auto',
    compat: 'openai',
    limits: {},
    isCached: false,
    isLogged: true,
  };
}
