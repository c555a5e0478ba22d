import type { Logger } from '../core/logger.ts';
import type { ProviderCall } from '../core/provider-call.ts';

/** Says by name what of a client's request does not reach the provider (quirk `request.dropped_fields`). */
export function logDroppedFields(logger: Logger, call: ProviderCall, droppedFields: readonly string[]): void {
  if (droppedFields.length === 0) return;
  const { requestId } = call;
  logger.info({ requestId, droppedFields }, 'fields that Portkey never passed on were left out');
}
