import { describe, expect, it } from 'vitest';
import { outcomeOfAnswer, singleChunk } from '../buffered-answer.ts';

const timings = { sentAt: 1, readyAt: 2, firstTokenAt: undefined };
const answer = (finish_reason: string) => ({
  choices: [{ index: 0, message: { content: 'Hi' }, finish_reason }],
  usage: { prompt_tokens: 3, completion_tokens: 4 },
});

describe('outcomeOfAnswer', () => {
  it('counts a good answer as success, with its finish reason, usage and timings', () => {
    expect(outcomeOfAnswer('chat.completions', 200, answer('stop'), timings)).toEqual({
      kind: 'success',
      finishReason: 'stop',
      usage: { prompt: 3, completion: 4, cached: 0, reasoning: 0 },
      generated: { texts: ['Hi'], length: 2, calls: 0 },
      errorCode: undefined,
      timings,
    });
  });

  it('counts an answer without choices as success: embeddings have none', () => {
    expect(outcomeOfAnswer('embeddings', 200, { data: [] }, timings).kind).toBe('success');
  });

  it.each([
    ['carries an error', { error: { code: 'server_error' } }, 'server_error'],
    ['has an answer and an error', { ...answer('stop'), error: { type: 'overloaded' } }, 'overloaded'],
    ["has an error's name as finish reason", answer('server_error'), undefined],
  ])('counts a 200 that %s as a fault of the provider', (_, body, code) => {
    const outcome = outcomeOfAnswer('chat.completions', 200, body, timings);
    expect(outcome.kind).toBe('upstream_error');
    expect(outcome.errorCode).toBe(code);
  });

  it.each([
    ['no choices', { id: 'chatcmpl-1' }],
    ['choices that are no list', { choices: {} }],
  ])('counts a 200 with %s as a fault of the provider where choices are due, and only there', (_, body) => {
    expect(outcomeOfAnswer('chat.completions', 200, body, timings).kind).toBe('upstream_error');
    expect(outcomeOfAnswer('completions', 200, body, timings).kind).toBe('upstream_error');
    expect(outcomeOfAnswer('embeddings', 200, body, timings).kind).toBe('success');
  });

  it.each([
    ['a list', [{ choices: [] }]],
    ['no JSON', undefined],
  ])('counts a 200 with %s as a fault of the provider', (_, body) => {
    expect(outcomeOfAnswer('chat.completions', 200, body, timings).kind).toBe('upstream_error');
    expect(outcomeOfAnswer('moderations', 200, body, timings).kind).toBe('upstream_error');
  });

  it.each([
    [400, 'client_error'],
    [401, 'client_error'],
    [429, 'rate_limited'],
    [500, 'upstream_error'],
    [504, 'timeout'],
  ])('counts HTTP %i as %s and keeps the code of its error', (status, kind) => {
    const body = { error: { code: 'the_code' } };
    expect(outcomeOfAnswer('chat.completions', status, body, timings)).toEqual({
      kind,
      errorCode: 'the_code',
      timings,
    });
  });

  it('goes by the status where the body says nothing', () => {
    expect(outcomeOfAnswer('chat.completions', 503, undefined, timings)).toEqual({
      kind: 'upstream_error',
      errorCode: undefined,
      timings,
    });
  });
});

it('singleChunk gives the bytes once', async () => {
  const bytes = Buffer.from('body');
  expect(await Array.fromAsync(singleChunk(bytes))).toEqual([bytes]);
});
