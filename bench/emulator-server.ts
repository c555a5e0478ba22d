import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type ChildServer, startChildServer } from './child-server.ts';

const ENTRY = fileURLToPath(new URL('./emulator/main.ts', import.meta.url));
const readyLine = z.object({ url: z.string() });

/** Starts the provider emulator in a process of its own. Its URL ends in `/v1`. */
export function startEmulatorServer(args: readonly string[] = []): Promise<ChildServer> {
  return startChildServer(ENTRY, {
    args,
    readUrl: (line) => (line.startsWith('{') ? readyLine.parse(JSON.parse(line)).url : undefined),
  });
}
