import { describe, expect, it } from 'vitest';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { AnswerRecord, createRecordingRoom } from '../answer-record.ts';
import { type BodyLog, createBodyLog, type LoggedBodies, type SaidBodies } from '../body-log.ts';

const KIB = 1024;

function start() {
  const written: LoggedBodies[] = [];
  const state = { isOn: true };
  const logger = createRecordingLogger();
  const log = createBodyLog({
    isOn: () => state.isOn,
    write: (bodies) => written.push(bodies),
    logger,
    now: () => 1_764_000_000_001,
  });
  return { log, written, state, logger };
}

function say(log: BodyLog, fields: Partial<Omit<SaidBodies, 'answer'>> = {}, pieces: readonly string[] = []) {
  const answer = log.begin();
  if (answer === undefined) return;
  for (const piece of pieces) answer.add(Buffer.from(piece));
  log.finish({
    requestId: 'r1',
    request: { model: 'gpt' },
    contentType: 'application/json',
    error: undefined,
    ...fields,
    answer,
  });
}

describe('the log of bodies', () => {
  it('has what was asked and answered', async () => {
    const { log, written } = start();
    say(log, {}, ['{"choices"', ':[]}']);
    await log.settled();
    expect(written).toEqual([
      {
        requestId: 'r1',
        requestBody: '{"model":"gpt"}',
        responseBody: '{"choices":[]}',
        at: 1_764_000_000_001,
      },
    ]);
  });

  it('has the gateway’s own error where that was the answer', async () => {
    const { log, written } = start();
    const error = { error: { message: 'No.', type: 'invalid_request_error', param: 'model', code: 'x' } };
    say(log, { error });
    await log.settled();
    expect(JSON.parse(written[0]?.responseBody ?? '')).toEqual(error);
  });

  it('has no answer where there was none', async () => {
    const { log, written } = start();
    say(log);
    await log.settled();
    expect(written).toMatchObject([{ responseBody: undefined }]);
  });

  it('records nothing while no bodies are kept', async () => {
    const { log, written, state } = start();
    state.isOn = false;
    say(log, {}, ['{}']);
    await log.settled();
    expect(written).toEqual([]);
  });

  it('leaves bodies out where too many wait, rather than keep them all', async () => {
    const { log, written, logger } = start();
    for (let index = 0; index < 300; index += 1) say(log, { requestId: `r${index}` }, ['{}']);
    await log.settled();
    expect(written.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 200 }, (_, index) => `r${index}`),
    );
    expect(logger.entries.map(({ level }) => level)).toEqual(['warn']);
  });
});

describe('the record of an answer', () => {
  it('has its beginning, up to a mebibyte, and the length of all of it', () => {
    const record = new AnswerRecord(createRecordingRoom(10_000 * KIB));
    for (let index = 0; index < 3; index += 1) record.add(Buffer.alloc(400 * KIB, String(index)));
    expect(record.length).toBe(1_200 * KIB);
    expect(record.isWhole).toBe(false);
    const bytes = record.release();
    expect(bytes.length).toBe(800 * KIB);
    expect(String(bytes.at(-1))).toBe(String('1'.charCodeAt(0)));
  });

  it('has no hole: what follows a piece without room is left out, too', () => {
    const room = createRecordingRoom(10);
    const record = new AnswerRecord(room);
    for (const piece of ['1234567', '89012', '3']) record.add(Buffer.from(piece));
    expect(record.release().toString()).toBe('1234567');
  });

  it('shares its room with the others, and gives it back', () => {
    const room = createRecordingRoom(10);
    const [one, other, third] = [new AnswerRecord(room), new AnswerRecord(room), new AnswerRecord(room)];
    one.add(Buffer.from('123456'));
    other.add(Buffer.from('123456'));
    expect(other.release().toString()).toBe('');
    one.release();
    one.add(Buffer.from('too late'));
    third.add(Buffer.from('1234567890'));
    expect(third.release().toString()).toBe('1234567890');
  });
});
