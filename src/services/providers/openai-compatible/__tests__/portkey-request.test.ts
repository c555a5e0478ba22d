import { describe, expect, it } from 'vitest';
import { toPortkeyRequest } from '../portkey-request.ts';

describe('a request as Portkey passes it on', () => {
  it('has every field that Portkey knows, whatever its value', () => {
    const body = { model: 'm', messages: [], temperature: 0, stop: null, user: '', tools: [], n: 1, seed: 0 };
    expect(toPortkeyRequest('chat.completions', body)).toEqual({ body, droppedFields: [] });
  });

  it('has no other, and says which it had', () => {
    const body = { model: 'm', messages: [], top_k: 5, prompt_cache_retention: '24h', toString: 'x' };
    expect(toPortkeyRequest('chat.completions', body)).toEqual({
      body: { model: 'm', messages: [] },
      droppedFields: ['top_k', 'prompt_cache_retention', 'toString'],
    });
  });

  it.each([
    ['temperature', 9, 2],
    ['temperature', -1, 0],
    ['temperature', 1.3, 1.3],
    ['top_p', 1.5, 1],
    ['presence_penalty', -9, -2],
    ['frequency_penalty', 9, 2],
    ['max_tokens', -5, 0],
    ['max_completion_tokens', -5, -5],
    ['temperature', '9', '9'],
  ])('moves %s %j to %j', (field, sent, passed) => {
    expect(toPortkeyRequest('chat.completions', { [field]: sent }).body).toEqual({ [field]: passed });
  });

  it('knows other fields for embeddings, and none to drop where an endpoint is passed through', () => {
    const body = { model: 'm', input: ['x'], dimensions: 3, temperature: 1 };
    expect(toPortkeyRequest('embeddings', body).droppedFields).toEqual(['temperature']);
    expect(toPortkeyRequest('moderations', body)).toEqual({ body, droppedFields: [] });
  });

  it('has Portkey’s own values where a field is left to it, and the word where it has none', () => {
    const word = 'portkey-default';
    const body = { max_tokens: word, temperature: word, n: word, logprobs: word, seed: word };
    expect(toPortkeyRequest('chat.completions', body).body).toEqual({
      max_tokens: 100,
      temperature: 1,
      n: 1,
      logprobs: false,
      seed: word,
    });
    expect(toPortkeyRequest('completions', { prompt: word, echo: word, logprobs: word }).body).toEqual({
      prompt: '',
      echo: false,
      logprobs: word,
    });
  });

  it('has a voice where a request for speech names none', () => {
    const body = { model: 'm', input: 'Figs', instructions: 'Slowly' };
    expect(toPortkeyRequest('audio.speech', body)).toEqual({
      body: { model: 'm', input: 'Figs', voice: 'alloy' },
      droppedFields: ['instructions'],
    });
    expect(toPortkeyRequest('audio.speech', { voice: 'nova' }).body).toEqual({ voice: 'nova' });
  });

  it('leaves the client’s own body alone', () => {
    const body = Object.freeze({ temperature: 9, top_k: 1 });
    toPortkeyRequest('chat.completions', body);
    expect(body).toEqual({ temperature: 9, top_k: 1 });
  });
});
