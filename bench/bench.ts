import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canaryScenario } from './scenarios/canary.ts';
import { catalogScenario } from './scenarios/catalog.ts';
import { pathsScenario } from './scenarios/paths.ts';
import { propagationScenario } from './scenarios/propagation.ts';
import { routingScenario } from './scenarios/routing.ts';
import { toMarkdown, writeReport } from './write-report.ts';

const SCENARIOS = [pathsScenario, routingScenario, catalogScenario, propagationScenario, canaryScenario];
const RESULTS = fileURLToPath(new URL('./results', import.meta.url));

const USAGE = `npm run bench -- [SCENARIO] [--quick] [--json]

Without a scenario all of them run. Results are written to bench/results.

  --quick   fewer and shorter rounds
  --json    print one JSON object and nothing else on standard output

Scenarios:
${SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}`).join('\n')}
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readArguments();
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const printed: Record<string, unknown> = {};
  for (const scenario of options.scenarios) {
    const tell = (line: string) => process.stderr.write(`${scenario.name}: ${line}\n`);
    const result = await scenario.run({ quick: options.quick, tell });
    writeReport(RESULTS, scenario.name, result);
    printed[scenario.name] = result.json;
    if (!options.json) process.stdout.write(`${toMarkdown(scenario.name, result)}\n`);
  }
  const [only] = options.scenarios;
  const single = options.scenarios.length === 1 && only !== undefined;
  if (options.json) process.stdout.write(`${JSON.stringify(single ? printed[only.name] : printed)}\n`);
  return 0;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const scenarios = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
    const known = positionals.every((name) => SCENARIOS.some((scenario) => scenario.name === name));
    if (!known) return undefined;
    return {
      scenarios,
      quick: values.quick ?? false,
      json: values.json ?? false,
      help: values.help ?? false,
    };
  } catch {
    // parseArgs throws on an unknown option; the usage says it better.
    return undefined;
  }
}
