import { decidePath, type PathSignals } from '../../src/rollout/decide-path.ts';
import { drawsNewArm } from '../../src/rollout/draw-arm.ts';
import { idleKillFlag, rolloutFlag } from '../../src/rollout/flag-definition.ts';
import { createFlagEvaluator } from '../../src/rollout/flag-evaluator.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { Scenario, ScenarioRow } from '../scenario.ts';

const ASKED = {
  providerId: 'openai',
  model: 'gpt-4o-mini',
  endpoint: 'chat.completions',
  override: 'auto',
  supported: true,
} as const;
const KEYS = Array.from({ length: 1_000 }, (_, index) => `key_${index}`);

/** Time that one routing decision takes, with the real flag evaluator behind it. */
export const routingScenario: Scenario = {
  name: 'routing',
  summary: 'microseconds per routing decision: forbidden, decided by the flag, decided by flag and arm',
  async run({ quick, tell }) {
    const decisions = quick ? 200_000 : 2_000_000;
    const flags = createFlagEvaluator('production', createLogger('silent'));
    flags.replace([rolloutFlag(50), idleKillFlag()]);
    try {
      const cases = [
        { name: 'use_litellm off', signals: signals({ useLitellm: false, armShare: 1 }) },
        { name: 'flag', signals: signals({ useLitellm: true, armShare: 1 }) },
        { name: 'flag and arm', signals: signals({ useLitellm: true, armShare: 0.5 }) },
      ];
      const rows = cases.map((each) => measure(each.name, each.signals, decisions));
      for (const { name, figures } of rows) tell(`${name}: ${figures.us_per_decision} µs`);
      const json = Object.fromEntries(rows.map(({ name, figures }) => [name, figures.us_per_decision]));
      const method = `${decisions} decisions over ${KEYS.length} keys in one process, after a tenth as warm-up`;
      return { rows, charted: 'us_per_decision', json: { us_per_decision: json, decisions }, method };
    } finally {
      flags.stop();
    }

    function signals({ useLitellm, armShare }: { useLitellm: boolean; armShare: number }): PathSignals {
      return {
        useLitellm,
        isKilled: () => flags.isKilled(),
        isBreakerOpen: () => false,
        isEnrolled: ({ keyId }) => flags.isEnrolled(keyId),
        drawArm: (drawId) => ({
          isNew: drawsNewArm(drawId, 'salt', armShare),
          share: armShare,
          rules: undefined,
        }),
      };
    }
  },
};

function measure(name: string, signals: PathSignals, decisions: number): ScenarioRow {
  decide(signals, decisions / 10);
  const started = performance.now();
  const litellm = decide(signals, decisions);
  const microseconds = ((performance.now() - started) * 1000) / decisions;
  const figures = {
    us_per_decision: Number(microseconds.toFixed(3)),
    litellm_share: Number((litellm / decisions).toFixed(3)),
  };
  return { name, figures };
}

function decide(signals: PathSignals, times: number): number {
  let litellm = 0;
  for (let at = 0; at < times; at += 1) {
    const keyId = KEYS[at % KEYS.length] ?? '';
    const question = { ...ASKED, keyId, drawId: `req_${at}` };
    if (decidePath(question, signals).decision.path === 'litellm') litellm += 1;
  }
  return litellm;
}
