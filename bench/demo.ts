import { parseArgs } from 'node:util';
import type { ChildServer } from './child-server.ts';
import { comparePaths, toTable } from './compare-paths.ts';
import { startEmulatorServer } from './emulator-server.ts';
import { startGatewayServer } from './gateway-server.ts';
import { sendTraffic } from './traffic.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);
const MODEL = 'gpt-4o-mini';
const KEYS = Array.from({ length: 8 }, (_, index) => `vk-demo-team-${index + 1}-key`);

const servers: ChildServer[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAll().then(() => process.exit(130)));
}

try {
  const emulator = await started(
    startEmulatorServer(['--first-event-delay-ms', '20', '--event-delay-ms', '5']),
  );
  const gateway = await started(startGatewayServer(demoFile(emulator), { LOG_LEVEL: 'warn' }));
  console.log(`Provider emulator, Portkey and gateway run. Status page: ${gateway}/`);
  console.log(`${KEYS.length} enrolled keys, arm share 50 %: ${seconds} s of traffic on both paths …\n`);
  const observations = await sendTraffic({ url: gateway, keys: KEYS, model: MODEL, seconds, clients: 8 });
  console.log(toTable(comparePaths(observations, ['legacy', 'litellm'])));
  console.log('\nErrors are the provider’s: every twentieth request asks the emulator to fail.');
  console.log('Portkey waits 25 ms before the first event of each stream.');
} finally {
  await stopAll();
}

async function started(starting: Promise<ChildServer>): Promise<string> {
  const server = await starting;
  servers.push(server);
  return server.url;
}

async function stopAll(): Promise<void> {
  for (const server of servers.splice(0).toReversed()) await server.stop();
}

function demoFile(emulatorUrl: string): object {
  return {
    providers: [{ id: 'emulator', type: 'openai', base_url: emulatorUrl, api_key: 'sk-demo' }],
    models: [{ name: MODEL, provider: 'emulator' }],
    virtual_keys: KEYS.map((key, index) => ({ name: `team-${index + 1}`, key })),
    rollout: { enrolled_percent: 100, arm_share: 0.5 },
  };
}
