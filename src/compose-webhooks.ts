import type { Knex } from 'knex';
import type { Logger } from './core/logger.ts';
import { createAnnouncer, createDeliveryOutbox } from './db/webhook-deliveries-repository.ts';
import type { CredentialCipher } from './services/credential-cipher.ts';
import { createUpstreamTransport } from './services/upstream-transport.ts';
import { createWebhookSender, SENDER_LIMITS } from './services/webhooks/webhook-sender.ts';

/** What tells webhooks of events, over connections of its own: a slow receiver takes none from a provider. */
export function composeWebhooks(deps: {
  readonly db: Knex;
  readonly cipher: CredentialCipher;
  readonly allowPrivateUpstreams: boolean;
  readonly logger: Logger;
}) {
  const { db, cipher, logger } = deps;
  const { sendMs } = SENDER_LIMITS;
  const limits = { connectMs: sendMs, headersMs: sendMs, idleMs: sendMs };
  const transport = createUpstreamTransport(limits, deps.allowPrivateUpstreams);
  const sender = createWebhookSender({ outbox: createDeliveryOutbox(db, cipher), transport, logger });
  return {
    announcer: createAnnouncer(db),
    /** Begins to send. */
    start: () => sender.start(),
    /** Ends that, and closes the connections. */
    async stop(): Promise<void> {
      await sender.stop();
      await transport.close();
    },
  };
}
