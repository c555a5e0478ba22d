import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../core/json.ts';
import { checkRequest, ENDPOINT_ROUTES, type EndpointRoute } from '../endpoints.ts';

function route(endpoint: string): EndpointRoute {
  const found = ENDPOINT_ROUTES.find((candidate) => candidate.endpoint === endpoint);
  if (found === undefined) throw new Error(`There is no endpoint ${endpoint}.`);
  return found;
}

const messages = [{ role: 'user', content: 'Hi' }];
const chat = route('chat.completions');

describe('ENDPOINT_ROUTES', () => {
  it('has each endpoint at its path, once', () => {
    expect(ENDPOINT_ROUTES.map(({ endpoint, path }) => [endpoint, path])).toEqual([
      ['chat.completions', '/chat/completions'],
      ['completions', '/completions'],
      ['embeddings', '/embeddings'],
      ['moderations', '/moderations'],
      ['responses', '/responses'],
      ['messages', '/messages'],
      ['messages.count_tokens', '/messages/count_tokens'],
      ['images.generations', '/images/generations'],
      ['images.edits', '/images/edits'],
      ['images.variations', '/images/variations'],
      ['audio.speech', '/audio/speech'],
      ['audio.transcriptions', '/audio/transcriptions'],
      ['audio.translations', '/audio/translations'],
    ]);
  });

  it('takes stream options where the OpenAI dialect has them, and needs messages where there are some', () => {
    const named = (select: (route: EndpointRoute) => boolean) =>
      ENDPOINT_ROUTES.filter(select).map(({ endpoint }) => endpoint);
    expect(named((candidate) => candidate.takesStreamOptions)).toEqual(['chat.completions', 'completions']);
    expect(named((candidate) => candidate.needsMessages)).toEqual([
      'chat.completions',
      'messages',
      'messages.count_tokens',
    ]);
  });
});

describe('checkRequest', () => {
  it('gives the model’s name, and leaves all else to the provider', () => {
    expect(checkRequest(chat, { model: 'gpt', messages })).toEqual({ model: 'gpt' });
    expect(checkRequest(chat, { model: 'gpt', messages, temperature: 'hot', stream: null })).toEqual({
      model: 'gpt',
    });
    expect(checkRequest(chat, { model: 'gpt', messages: [null], stream: true })).toEqual({ model: 'gpt' });
  });

  it.each<[string, JsonObject, string, string]>([
    ['no model', { messages }, 'missing_required_parameter', 'model'],
    ['model null', { model: null, messages }, 'missing_required_parameter', 'model'],
    ['an empty model', { model: '', messages }, 'missing_required_parameter', 'model'],
    ['a model that is a number', { model: 4, messages }, 'invalid_type', 'model'],
    ['a model that is a list', { model: ['gpt'], messages }, 'invalid_type', 'model'],
    ['no messages', { model: 'gpt' }, 'missing_required_parameter', 'messages'],
    ['messages null', { model: 'gpt', messages: null }, 'missing_required_parameter', 'messages'],
    ['messages as text', { model: 'gpt', messages: 'Hi' }, 'invalid_type', 'messages'],
    ['messages as an object', { model: 'gpt', messages: {} }, 'invalid_type', 'messages'],
    ['no message', { model: 'gpt', messages: [] }, 'empty_array', 'messages'],
    ['stream as text', { model: 'gpt', messages, stream: 'true' }, 'invalid_type', 'stream'],
    ['stream as a number', { model: 'gpt', messages, stream: 1 }, 'invalid_type', 'stream'],
  ])('refuses a chat with %s by field and code', (_, body, code, param) => {
    expect(() => checkRequest(chat, body)).toThrow(expect.objectContaining({ code, param, status: 400 }));
    expect(() => checkRequest(chat, body)).toThrow(new RegExp(`'${param}'`));
  });

  it('names the model first where all is missing', () => {
    expect(() => checkRequest(chat, {})).toThrow(expect.objectContaining({ param: 'model' }));
  });

  it('needs no messages for an embedding, but a model', () => {
    expect(checkRequest(route('embeddings'), { model: 'ada', input: 'x' })).toEqual({ model: 'ada' });
    expect(() => checkRequest(route('embeddings'), { input: 'x' })).toThrow(
      expect.objectContaining({ param: 'model' }),
    );
  });
});
