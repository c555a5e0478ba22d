import { answerDialectOf } from '../../src/core/answer-dialect.ts';
import { EventStreamTap } from '../../src/core/event-stream-tap.ts';
import { GatewayError } from '../../src/core/gateway-error.ts';
import type { EventStreamRelay } from '../../src/core/relay-event-stream.ts';

/** A relay's options, with those of the tap that reads along. */
export type TappedRelayOptions = Partial<EventStreamRelay> & {
  readonly withholdUsage?: boolean;
  readonly choices?: number;
};

/** A strict relay of one choice unless told otherwise, read by a tap. */
export function tappedRelay(
  source: AsyncIterable<Uint8Array>,
  { withholdUsage = false, choices = 1, ...options }: TappedRelayOptions,
): EventStreamRelay {
  const { manner = 'strict', dialect = answerDialectOf('chat.completions') } = options;
  return {
    source,
    release: () => {},
    sentAt: 0,
    dialect,
    limits: {},
    reader: new EventStreamTap({ dialect, choices, withholdUsage, endsAtError: manner === 'strict' }),
    signal: new AbortController().signal,
    manner,
    toFault: (cause) => new GatewayError('upstream_interrupted', 'Broken off.', { cause }),
    ...options,
  };
}
