import { describe, expect, it } from 'vitest';
import { isErrorFinishReason, readAnswer } from '../answer-reading.ts';

const delta = (fields: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta: fields, finish_reason }],
});

describe('readAnswer', () => {
  it.each([
    ['null', null],
    ['a string', 'data'],
    ['an array', [{ choices: [] }]],
    ['an empty object', {}],
    ['choices that are no list', { choices: { 0: { finish_reason: 'stop' } } }],
    ['choices that are no objects', { choices: [null, 'stop', 3] }],
  ])('finds nothing in %s', (_, answer) => {
    expect(readAnswer(answer)).toEqual({
      finishReason: undefined,
      choices: [],
      finishedChoices: [],
      usage: undefined,
      errorCode: undefined,
      hasToken: false,
      isUsageFrame: false,
      texts: [],
      calls: 0,
      isEnd: false,
    });
  });

  it('names the finished choices by their index and the finish reason that stands last', () => {
    const facts = readAnswer({
      choices: [
        { index: 0, finish_reason: 'stop' },
        { index: 1, finish_reason: null },
        { index: 2, finish_reason: 'length' },
        { index: 3 },
      ],
    });
    expect(facts.choices).toEqual([0, 1, 2, 3]);
    expect(facts.finishedChoices).toEqual([0, 2]);
    expect(facts.finishReason).toBe('length');
  });

  it('takes a choice without index for the first one', () => {
    const facts = readAnswer({ choices: [{ finish_reason: 'stop' }] });
    expect(facts).toMatchObject({ choices: [0], finishedChoices: [0] });
  });

  it('takes an empty finish reason for none, as some compatible providers send it with each chunk', () => {
    const facts = readAnswer(delta({ content: 'Hi' }, ''));
    expect(facts.finishReason).toBeUndefined();
    expect(facts.finishedChoices).toEqual([]);
  });

  it.each([
    ['text', { content: 'Hi' }],
    ['a space', { content: ' ' }],
    ['parts', { content: [{ type: 'text', text: 'Hi' }] }],
    ['a refusal', { refusal: 'No' }],
    ['DeepSeek reasoning', { reasoning_content: 'Hm' }],
    ['Ollama and OpenRouter reasoning', { reasoning: 'Hm' }],
    ['audio', { audio: { id: 'audio_1' } }],
    ['a tool call', { tool_calls: [{ index: 0, id: 'call_1' }] }],
    ['a legacy function call', { function_call: { name: 'f' } }],
  ])('sees a token in a chunk with %s', (_, fields) => {
    expect(readAnswer(delta(fields)).hasToken).toBe(true);
  });

  it.each([
    ['the role alone', { role: 'assistant' }],
    ['the role with empty content', { role: 'assistant', content: '', refusal: null }],
    ['null content', { role: 'assistant', content: null }],
    ['no tool call in the list', { tool_calls: [] }],
    ['nothing', {}],
  ])('sees no token in a chunk with %s', (_, fields) => {
    expect(readAnswer(delta(fields)).hasToken).toBe(false);
  });

  it('sees the output of a whole answer and of a text completion', () => {
    expect(readAnswer({ choices: [{ message: { content: 'Hi' } }] }).hasToken).toBe(true);
    expect(readAnswer({ choices: [{ text: 'Hi' }] }).hasToken).toBe(true);
    expect(readAnswer({ choices: [{ text: '' }] }).hasToken).toBe(false);
  });

  it('reads the token counts of OpenAI', () => {
    const usage = {
      prompt_tokens: 20,
      completion_tokens: 30,
      total_tokens: 50,
      prompt_tokens_details: { cached_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 7 },
    };
    expect(readAnswer({ usage }).usage).toEqual({ prompt: 20, completion: 30, cached: 5, reasoning: 7 });
  });

  it("reads DeepSeek's cache hits where there are no details", () => {
    const usage = { prompt_tokens: 20, completion_tokens: 1, prompt_cache_hit_tokens: 16 };
    expect(readAnswer({ usage }).usage?.cached).toBe(16);
  });

  it('counts whole tokens, and no more than can be stored', () => {
    const usage = { prompt_tokens: 12.5, completion_tokens: 3e12 };
    expect(readAnswer({ usage }).usage).toMatchObject({ prompt: 13, completion: 1_000_000_000 });
  });

  it.each([['12'], [-1], [null], [Number.NaN], [Number.POSITIVE_INFINITY], [{}]])(
    'counts %j tokens as 0',
    (odd) => {
      const usage = { prompt_tokens: odd, completion_tokens: odd, prompt_tokens_details: odd };
      expect(readAnswer({ usage }).usage).toEqual({ prompt: 0, completion: 0, cached: 0, reasoning: 0 });
    },
  );

  it.each([
    ['usage and no choice', { choices: [], usage: { prompt_tokens: 1 } }, true],
    ['usage on a choice', { choices: [{ index: 0 }], usage: { prompt_tokens: 1 } }, false],
    ['no choice and null usage', { choices: [], usage: null }, false],
    ['no choice and no usage, as Azure begins', { choices: [], prompt_filter_results: [] }, false],
    ['usage without the field choices', { usage: { prompt_tokens: 1 } }, false],
  ])('tells a frame with %s', (_, frame, expected) => {
    expect(readAnswer(frame).isUsageFrame).toBe(expected);
  });

  it.each([
    [{ code: 'rate_limit_exceeded', type: 'requests' }, 'rate_limit_exceeded'],
    [{ code: null, type: 'server_error' }, 'server_error'],
    [{ code: 429 }, '429'],
    [{ message: 'broken' }, 'upstream_error'],
    [{ code: {} }, 'upstream_error'],
    ['overloaded', 'upstream_error'],
    ['', undefined],
    [null, undefined],
    [false, undefined],
  ])('reads the error %j as %s', (error, code) => {
    expect(readAnswer({ error }).errorCode).toBe(code);
  });
});

describe('isErrorFinishReason', () => {
  it.each([
    ['error', true],
    ['server_error', true],
    ['rate_limit_error', true],
    ['stop', false],
    ['length', false],
    ['content_filter', false],
    ['error_free', false],
    ['terror', false],
    ['', false],
  ])('says of %j: %s', (reason, expected) => {
    expect(isErrorFinishReason(reason)).toBe(expected);
  });
});
