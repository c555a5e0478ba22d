import { createEmulator } from '../../bench/emulator/emulator.ts';
import type { Quirk } from '../../src/config/quirks/quirk.ts';
import { QUIRKS } from '../../src/config/quirks.ts';
import type { Compat } from '../../src/core/catalog.ts';
import { type EmulatedGateway, PROVIDER_KEY } from '../support/emulated-gateway.ts';
import { startGateway } from '../support/running-gateway.ts';
import { compareObservations, type Difference } from './compare-observations.ts';
import type { CaseDialect, ParityCase } from './corpus/parity-case.ts';
import { CORPUS } from './corpus.ts';
import { observeCase, PARITY_MODELS } from './observe-case.ts';

const KEYS = {
  legacy: 'vk-parity-legacy-01',
  portkey: 'vk-parity-portkey-1',
  openai: 'vk-parity-openai-01',
};

/** One case under one compat setting. */
export interface CaseResult {
  readonly name: string;
  readonly compat: Compat;
  readonly differences: readonly (Difference & { readonly quirk: Quirk | undefined })[];
}

export interface ParityResult {
  readonly cases: readonly CaseResult[];
  /** Entries of the registry that explained nothing, though they should have. */
  readonly staleQuirks: readonly string[];
}

/**
 * Sends the corpus through the real Portkey gateway and through the new path, under both compat settings, and
 * explains each difference by the registry. Under `portkey` a quirk that is reproduced there explains nothing.
 * @param only the cases whose names match it; of a part of the corpus no entry of the registry is called stale
 */
export async function measureParity(
  tell: (line: string) => void = () => {},
  only?: RegExp,
): Promise<ParityResult> {
  const gateway = await startParityGateway();
  try {
    const cases: CaseResult[] = [];
    for (const parityCase of CORPUS.filter(({ name }) => only?.test(name) ?? true)) {
      const results = await measureCase(gateway, parityCase);
      for (const { name, compat, differences } of results)
        tell(`${compat} ${name}: ${differences.length} differences`);
      cases.push(...results);
    }
    return { cases, staleQuirks: only === undefined ? findStale(cases) : [] };
  } finally {
    await gateway.stop();
  }
}

async function measureCase(gateway: EmulatedGateway, parityCase: ParityCase): Promise<CaseResult[]> {
  const legacy = await observeCase(gateway, { key: KEYS.legacy, path: 'legacy' }, parityCase);
  const results: CaseResult[] = [];
  for (const compat of ['portkey', 'openai'] as const) {
    const litellm = await observeCase(gateway, { key: KEYS[compat], path: 'litellm' }, parityCase);
    const differences = compareObservations(legacy, litellm).map((difference) => ({
      ...difference,
      quirk: explain(parityCase.name, compat, difference),
    }));
    results.push({ name: parityCase.name, compat, differences });
  }
  return results;
}

function explain(name: string, compat: Compat, { at }: Difference): Quirk | undefined {
  return QUIRKS.filter((quirk) => compat === 'openai' || quirk.reproduced === 'never').find((quirk) =>
    quirk.explains.some((scope) => scope.at.test(at) && scope.cases.test(name)),
  );
}

function findStale(cases: readonly CaseResult[]): string[] {
  const used = new Set(cases.flatMap(({ differences }) => differences.map(({ quirk }) => quirk?.id)));
  return QUIRKS.map(({ id }) => id).filter((id) => !used.has(id));
}

/** A gateway with an account of each dialect, all at one emulator. */
async function startParityGateway(): Promise<EmulatedGateway> {
  const emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
  const { origin } = new URL(emulator.url);
  const dialects = Object.keys(PARITY_MODELS) as CaseDialect[];
  const running = await startGateway({
    env: { LOG_LEVEL: 'info' },
    file: {
      providers: dialects.map((type) => ({ id: type, type, base_url: origin, api_key: PROVIDER_KEY })),
      models: dialects.map((provider) => ({ name: PARITY_MODELS[provider], provider })),
      virtual_keys: [
        { name: 'legacy', key: KEYS.legacy, path: 'legacy' },
        { name: 'portkey', key: KEYS.portkey, path: 'litellm', compat: 'portkey' },
        { name: 'openai', key: KEYS.openai, path: 'litellm', compat: 'openai' },
      ],
    },
  });
  return {
    ...running,
    emulator,
    async stop() {
      await running.stop();
      await emulator.close();
    },
  };
}
