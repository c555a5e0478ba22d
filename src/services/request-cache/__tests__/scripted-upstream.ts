import { tappedRelay } from '../../../../test/support/tapped-relay.ts';
import { outcomeOfAnswer, singleChunk } from '../../../core/buffered-answer.ts';
import type { CallOutcome } from '../../../core/call-outcome.ts';
import { parseJson } from '../../../core/json.ts';
import { relayEventStream } from '../../../core/relay-event-stream.ts';
import type { Reply } from '../../../core/request-path.ts';
import type { RunCall } from '../shared-call.ts';

/** A stream of one choice that came to its end, in the pieces in which it came: not all are whole events. */
export const STREAM = [
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n',
  'data: {"choices":[{"index":0,"delta":{"content":"Hel',
  'lo"}}]}\n\n',
  'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n',
  'data: [DONE]\n\n',
];

export const ERROR_EVENT = 'data: {"error":{"message":"overloaded","code":"overloaded"}}\n\n';

export const DOCUMENT =
  '{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],' +
  '"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}';

const HEADERS = {
  'x-upstream-request-id': 'req_1',
  'x-ratelimit-remaining-requests': '9',
  'set-cookie': ['session=1'],
  'openai-version': '2020-10-01',
};

/** An upstream whose calls are counted, and answered as the test goes on. */
export interface ScriptedUpstream {
  readonly run: RunCall;
  /** The signals of the calls made so far. */
  readonly signals: readonly AbortSignal[];
  /** What the calls came to, as far as they have been answered. */
  readonly outcomes: readonly Promise<CallOutcome>[];
}

/** Answers each call by the next of the answers, the last one again and again. */
export function createUpstream(
  ...answers: readonly ((signal: AbortSignal) => Promise<Reply>)[]
): ScriptedUpstream {
  const signals: AbortSignal[] = [];
  const outcomes: Promise<CallOutcome>[] = [];
  return {
    signals,
    outcomes,
    async run(signal) {
      signals.push(signal);
      const answer = answers[signals.length - 1] ?? answers.at(-1);
      if (answer === undefined) throw new Error('There is no answer.');
      const reply = await answer(signal);
      outcomes.push(reply.outcome);
      return reply;
    },
  };
}

/** A whole answer. */
export function documentAnswer(status = 200, text = DOCUMENT, headers: Reply['headers'] = {}) {
  return async (): Promise<Reply> => {
    const timings = { sentAt: 1, readyAt: 2, firstTokenAt: undefined };
    const bytes = Buffer.from(text);
    return {
      status,
      headers: {
        ...HEADERS,
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        ...headers,
      },
      body: singleChunk(bytes),
      outcome: Promise.resolve(outcomeOfAnswer('chat.completions', status, parseJson(text), timings)),
    };
  };
}

/** A stream that is all there, relayed as both paths do it. */
export function streamAnswer(pieces: readonly string[] = STREAM) {
  return (signal: AbortSignal) => {
    const stream = createStream();
    for (const piece of pieces) stream.push(piece);
    stream.end();
    return stream.answer(signal);
  };
}

/** A stream that the test feeds. */
export function createStream() {
  const pieces: (string | Error | undefined)[] = [];
  let wake = Promise.withResolvers<void>();
  const add = (piece: string | Error | undefined) => {
    pieces.push(piece);
    wake.resolve();
  };
  async function* source(signal: AbortSignal) {
    signal.addEventListener('abort', () => add(new DOMException('Aborted.', 'AbortError')));
    for (;;) {
      if (pieces.length === 0) await wake.promise;
      wake = Promise.withResolvers();
      if (pieces.length === 0) continue;
      const piece = pieces.shift();
      if (piece === undefined) return;
      if (piece instanceof Error) throw piece;
      yield Buffer.from(piece);
    }
  }
  return {
    push: (piece: string) => add(piece),
    end: () => add(undefined),
    fail: () => add(new Error('The connection broke.')),
    async answer(signal: AbortSignal): Promise<Reply> {
      const { body, outcome } = await relayEventStream(tappedRelay(source(signal), { signal }));
      return { status: 200, headers: { ...HEADERS, 'content-type': 'text/event-stream' }, body, outcome };
    },
  };
}
