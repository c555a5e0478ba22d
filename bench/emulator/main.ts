import { parseArgs } from 'node:util';
import { createEmulator } from './emulator.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    port: { type: 'string', default: '0' },
    'api-key': { type: 'string', multiple: true },
    model: { type: 'string', multiple: true },
    'first-event-delay-ms': { type: 'string', default: '0' },
    'event-delay-ms': { type: 'string', default: '0' },
  },
});

const emulator = await createEmulator({
  ...(values.host === undefined ? {} : { host: values.host }),
  ...(values['api-key'] === undefined ? {} : { apiKeys: values['api-key'] }),
  ...(values.model === undefined ? {} : { models: values.model }),
  port: Number(values.port),
  firstEventDelayMs: Number(values['first-event-delay-ms']),
  eventDelayMs: Number(values['event-delay-ms']),
});

// The disconnect covers a parent that died without a word: an orphan would keep its port.
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => void stop());

/** Lets go of all that keeps the process alive. */
async function stop(): Promise<void> {
  if (process.connected) process.disconnect();
  await emulator.close();
}

console.log(JSON.stringify({ url: emulator.url }));
