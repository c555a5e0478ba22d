import { createServer, type IncomingHttpHeaders, request as sendRequest } from 'node:http';
import { onTestFinished } from 'vitest';
import { createPaths } from '../../../src/paths.ts';
import { createCredentialCipher } from '../../../src/services/credential-cipher.ts';
import { eventually } from '../../support/eventually.ts';
import { createMigratedDatabase } from '../../support/migrated-database.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { MASTER_KEY, NO_LITELLM, WAITS } from './paths-of-tests.ts';

/** A real Portkey gateway, with what came to it. */
export interface RecordingGateway {
  readonly port: number;
  /** On loopback. */
  readonly url: string;
  /** The headers of each request but for probes, oldest first. */
  readonly calls: readonly IncomingHttpHeaders[];
}

/** Starts the bundled gateway once more, behind a server that notes what passes; both end with the test. */
export async function startRecordingGateway(): Promise<RecordingGateway> {
  const portkey = await startPortkey();
  const calls: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'POST') calls.push(request.headers);
    const { method, headers, url } = request;
    const onward = sendRequest(`${portkey}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '0.0.0.0', resolve);
  await listening;
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.');
  return { port: address.port, url: `http://127.0.0.1:${address.port}`, calls };
}

/** The address is told in the log alone: nobody but the legacy path is to need it. */
async function startPortkey(): Promise<string> {
  const logger = createRecordingLogger();
  const { db } = await createMigratedDatabase();
  const paths = createPaths({
    ...NO_LITELLM,
    legacy: {
      logger,
      gatewayUrl: undefined,
      trustedHosts: () => ['127.0.0.1'],
      limits: WAITS,
      tlsEnvironment: {},
      stored: { db, cipher: createCredentialCipher(MASTER_KEY) },
      whyRefused: async () => undefined,
    },
  });
  onTestFinished(() => paths.stop());
  const addressOf = () =>
    logger.entries.find(({ message }) => message === 'legacy gateway is up')?.fields.url;
  paths.start();
  await eventually(() => addressOf() !== undefined, 60_000);
  return String(addressOf());
}
