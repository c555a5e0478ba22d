import type { ErrorBody } from '../../core/gateway-error.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Logger } from '../../core/logger.ts';
import { createRareWarning } from '../../core/rare-warning.ts';
import { createTurns } from '../turns.ts';
import { AnswerRecord, createRecordingRoom } from './answer-record.ts';
import { describeAnswer } from './describe-answer.ts';
import { describeBody } from './describe-body.ts';

/** What all answers that are being recorded may hold at the same time. */
const MAX_RECORDING_BYTES = 64 * 1024 * 1024;
/** Where so many requests wait to be described, the bodies of any other are left out, with a warning. */
const MAX_WAITING = 200;

/** What a request asked and was answered, as the log keeps it. */
export interface LoggedBodies {
  readonly requestId: string;
  readonly requestBody: string;
  /** Undefined where the client got no answer. */
  readonly responseBody: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A request that is over, with what was said in it. */
export interface SaidBodies {
  readonly requestId: string;
  /** As the client sent it. */
  readonly request: JsonObject;
  readonly answer: AnswerRecord;
  readonly contentType: string;
  /** The gateway's own error, which is no part of the record. */
  readonly error: ErrorBody | undefined;
}

/** Writes down what requests asked and were answered, when they are over and others leave time for it. */
export interface BodyLog {
  /** Begins to record an answer; undefined where no bodies are kept. Whoever records must `finish`. */
  begin(): AnswerRecord | undefined;
  finish(said: SaidBodies): void;
  /** Resolves when all that has finished is handed on. */
  settled(): Promise<void>;
}

/**
 * @param deps.isOn whether bodies are kept at all
 * @param deps.write takes what is to be stored; must not fail
 */
export function createBodyLog(deps: {
  readonly isOn: () => boolean;
  readonly write: (bodies: LoggedBodies) => void;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}): BodyLog {
  const { isOn, write, logger, now = Date.now } = deps;
  const room = createRecordingRoom(MAX_RECORDING_BYTES);
  const turns = createTurns();
  const warn = createRareWarning(
    logger,
    'bodies are left out of the request log: too many requests end at once',
    now,
  );
  return {
    begin: () => (isOn() ? new AnswerRecord(room) : undefined),
    finish(said) {
      const { length } = said.answer;
      const bytes = said.answer.release();
      if (turns.waiting >= MAX_WAITING) return warn(undefined);
      const at = now();
      const describe = async () => write({ ...(await describeSaid(said, bytes, length)), at });
      turns.take(describe).catch((err: unknown) => {
        logger.error({ requestId: said.requestId, err }, 'bodies could not be described for the log');
      });
    },
    settled: () => turns.take(async () => {}),
  };
}

async function describeSaid(
  { requestId, request, contentType, error }: SaidBodies,
  bytes: Buffer,
  length: number,
): Promise<Omit<LoggedBodies, 'at'>> {
  const requestBody = describeBody(request);
  if (error !== undefined) return { requestId, requestBody, responseBody: JSON.stringify(error) };
  const isAnswered = length > 0;
  const responseBody = isAnswered ? await describeAnswer({ contentType, bytes, length }) : undefined;
  return { requestId, requestBody, responseBody };
}
