import type { NamedBody } from './parity-case.ts';
import { errorOf, LONG, told } from './turns.ts';

/** Every error of a provider by its status; these end a call whatever its dialect. */
export const ERRORS: readonly NamedBody[] = [
  ...[400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504].map(
    (status): NamedBody => [`error: ${status}`, errorOf(status)],
  ),
  ['error: 429 for a stream', { ...errorOf(429), stream: true }],
];

/** Every way in which an answer can go wrong on its way. */
export const FAULTS: readonly NamedBody[] = [
  ['fault: HTML page', { messages: told({ htmlError: true, status: 403 }) }],
  ['fault: HTML page for a stream', { messages: told({ htmlError: true, status: 503 }), stream: true }],
  ['fault: broken document', { messages: told({ badJson: true }) }],
  ['fault: cut document', { messages: told({ cut: 'reset' }) }],
  ['fault: cut stream', { messages: told({ cut: 'reset', afterEvents: 3, text: LONG }), stream: true }],
  [
    'fault: cut stream, cleanly',
    { messages: told({ cut: 'clean', afterEvents: 3, text: LONG }), stream: true },
  ],
  ['fault: error first', { messages: told({ errorFirstEvent: true }), stream: true }],
  [
    'fault: error amid stream',
    { messages: told({ errorMidStream: true, afterEvents: 3, eventDelayMs: 30, text: LONG }), stream: true },
  ],
  [
    'fault: broken event amid stream',
    { messages: told({ badJson: true, eventDelayMs: 30, text: LONG }), stream: true },
  ],
];
