import { GatewayError, toGatewayError } from '../../core/gateway-error.ts';
import type { JsonObject } from '../../core/json.ts';
import { ClassificationError } from './expert-decision.ts';

/**
 * Makes a chat completion by the way that the model's own requests take, and gives the text of its answer.
 * May reject with a GatewayError; should give up when the signal says so, and is not waited for any longer.
 */
export type Ask = (model: string, body: JsonObject, signal: AbortSignal) => Promise<string>;

interface Question {
  readonly model: string;
  readonly body: JsonObject;
  readonly timeoutMs: number;
}

/**
 * A classifier's answer, for which no longer is waited than allowed, whatever the call does.
 * @param signal tells of the client's leaving
 * @throws ClassificationError `timeout` or `call_failed`
 * @throws GatewayError `client_closed_request`
 */
export async function askInTime(
  ask: Ask,
  { model, body, timeoutMs }: Question,
  signal: AbortSignal,
): Promise<string> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const either = AbortSignal.any([signal, late.signal]);
  try {
    either.throwIfAborted();
    return await unlessAborted(ask(model, body, either), either);
  } catch (cause) {
    if (signal.aborted) {
      throw new GatewayError('client_closed_request', 'The client closed the request.', { cause });
    }
    throw late.signal.aborted ? tooLate(timeoutMs, cause) : callFailed(cause);
  } finally {
    clearTimeout(timer);
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  // The call itself may have aborted it, before anybody listened.
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function tooLate(timeoutMs: number, cause: unknown): ClassificationError {
  return new ClassificationError('timeout', `The classifier did not answer within ${timeoutMs} ms.`, {
    cause,
  });
}

/** The text of an unforeseen error stays out of the message: it may hold anything. */
function callFailed(cause: unknown): ClassificationError {
  return new ClassificationError('call_failed', toGatewayError(cause).message, { cause });
}
