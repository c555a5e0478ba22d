import OpenAI, { toFile } from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmulatedGateway,
  emulate,
  KEYS,
  MODEL,
  openaiClient,
  PROVIDER_KEY,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';

/** What the provider is sent in place of the model's name. */
const IDENTIFIER = 'gpt-4o-mini-2024-07-18';
const WAYS = ['legacy', 'litellm', 'plain'] as const;

const weatherTool: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
};

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway();
});
afterAll(() => gateway.stop());

/** A text that tells the emulator how to answer. */
const asked = (directive: object) => emulate(directive).content;
const clientOf = (way: (typeof WAYS)[number]) => openaiClient(gateway, KEYS[way]);
const sentBody = () => gateway.emulator.requests.at(-1)?.body;
const image = () => toFile(Buffer.from('not much of a picture'), 'fig.png', { type: 'image/png' });

describe.each(WAYS)('the official client with a key of %s', (way) => {
  afterEach(() => {
    // Each path speaks to the provider with a client of its own.
    const agent = gateway.emulator.requests.at(-1)?.headers['user-agent'];
    expect(agent).toMatch(way === 'legacy' ? /^node$/ : /^OpenAI\/JS /);
  });

  it('completes a text, whole and streamed', async () => {
    const client = clientOf(way);
    const request = { model: MODEL, prompt: 'Once upon a time', max_tokens: 3 };
    const whole = await client.completions.create(request);
    expect(whole.choices[0]).toMatchObject({ text: 'You said: Once', finish_reason: 'length' });
    expect(whole.usage).toEqual({ prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 });
    const chunks = await Array.fromAsync(await client.completions.create({ ...request, stream: true }));
    const choices = chunks.flatMap((chunk) => chunk.choices);
    expect(choices.map(({ text }) => text).join('')).toBe('You said: Once');
    expect(choices.at(-1)?.finish_reason).toBe('length');
    expect(sentBody()).toMatchObject({ model: IDENTIFIER, stream_options: { include_usage: true } });
    expect(chunks.every(({ usage }) => !usage)).toBe(true);
  });

  it('gets a response, and calls the function that it names', async () => {
    const client = clientOf(way);
    const response = await client.responses.create({ model: MODEL, input: 'Hello there' });
    expect(response.output_text).toBe('You said: Hello there');
    expect(response.status).toBe('completed');
    const called = await client.responses.create({
      model: MODEL,
      input: asked({ toolCalls: [{ name: 'get_weather', arguments: '{"city":"Oslo"}' }] }),
      tools: [weatherTool],
    });
    expect(called.output).toEqual([
      expect.objectContaining({ type: 'function_call', name: 'get_weather', arguments: '{"city":"Oslo"}' }),
    ]);
  });

  it('streams a response to its own end event', async () => {
    const stream = await clientOf(way).responses.create({
      model: MODEL,
      input: asked({ text: 'one two three four five', reasoning: 'let me think' }),
      stream: true,
    });
    const events = await Array.fromAsync(stream);
    const deltas = events.flatMap((event) =>
      event.type === 'response.output_text.delta' ? [event.delta] : [],
    );
    expect(deltas.join('')).toBe('one two three four five');
    expect(events[0]?.type).toBe('response.created');
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { usage: { output_tokens_details: { reasoning_tokens: 3 } } },
    });
  });

  it('gets the calls of a streamed response whole', async () => {
    const stream = await clientOf(way).responses.create({
      model: MODEL,
      input: asked({ toolCalls: [{ name: 'get_weather', arguments: '{"city":"São Paulo"}' }] }),
      tools: [weatherTool],
      stream: true,
    });
    const done = (await Array.fromAsync(stream)).filter(
      (event) => event.type === 'response.function_call_arguments.done',
    );
    expect(done.map((event) => event.arguments)).toEqual(['{"city":"São Paulo"}']);
  });

  it('has a text moderated', async () => {
    const { results } = await clientOf(way).moderations.create({
      model: MODEL,
      input: ['a banyan', 'an axe to you'],
    });
    expect(results.map(({ flagged }) => flagged)).toEqual([false, true]);
    expect(results[1]?.categories.violence).toBe(true);
  });

  it('has images made, edited and varied', async () => {
    const { images } = clientOf(way);
    const made = await images.generate({ model: MODEL, prompt: 'a fig', n: 2, response_format: 'url' });
    expect(made.data?.map(({ url }) => url?.startsWith('https://'))).toEqual([true, true]);
    const edited = await images.edit({ model: MODEL, prompt: 'more roots', image: await image(), n: 2 });
    expect(edited.data?.every(({ b64_json }) => typeof b64_json === 'string')).toBe(true);
    expect(edited.data).toHaveLength(2);
    const varied = await images.createVariation({ model: MODEL, image: await image() });
    expect(varied.data).toHaveLength(1);
  });

  it('gets speech byte for byte', async () => {
    const request = { model: IDENTIFIER, input: 'Figs strangle', voice: 'alloy' };
    const direct = await new OpenAI({
      apiKey: PROVIDER_KEY,
      baseURL: gateway.emulator.url,
      maxRetries: 0,
    }).audio.speech.create(request);
    const relayed = await clientOf(way).audio.speech.create({ ...request, model: MODEL });
    expect(relayed.headers.get('content-type')).toBe('audio/mpeg');
    expect(Buffer.from(await relayed.arrayBuffer())).toEqual(Buffer.from(await direct.arrayBuffer()));
    expect(sentBody()).toEqual(request);
  });

  it('has a file transcribed, which reaches the provider with its own name for the model', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 45, 45, 128, 10]);
    const transcription = await clientOf(way).audio.transcriptions.create({
      model: MODEL,
      file: await toFile(bytes, 'figs.wav', { type: 'audio/wav' }),
      language: 'en',
    });
    expect(transcription.text).toBe('You sent figs.wav of 8 bytes.');
    expect(sentBody()).toEqual({
      form: expect.arrayContaining([
        { name: 'model', value: IDENTIFIER },
        { name: 'language', value: 'en' },
        {
          name: 'file',
          value: expect.objectContaining({ filename: 'figs.wav', type: 'audio/wav', size: 8 }),
        },
      ]),
    });
    expect(gateway.emulator.requests.at(-1)?.headers['content-type']).toMatch(
      /^multipart\/form-data; boundary=/,
    );
  });

  it('streams a transcript', async () => {
    const stream = await clientOf(way).audio.transcriptions.create({
      model: MODEL,
      file: await toFile(Buffer.from('sound'), 'figs.wav', { type: 'audio/wav' }),
      prompt: asked({ text: 'one two three four' }),
      stream: true,
    });
    const events = await Array.fromAsync(stream);
    const deltas = events.flatMap((event) => (event.type === 'transcript.text.delta' ? [event.delta] : []));
    expect(deltas.join('')).toBe('one two three four');
    expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text: 'one two three four' });
  });

  it('has a file translated', async () => {
    const { text } = await clientOf(way).audio.translations.create({
      model: MODEL,
      file: await toFile(Buffer.from('sound'), 'figs.wav', { type: 'audio/wav' }),
    });
    expect(text).toBe('You sent figs.wav of 5 bytes.');
  });

  it('is told of a provider’s refusal under its status', async () => {
    const { responses, audio } = clientOf(way);
    await expect(
      responses.create({ model: MODEL, input: asked({ status: 429, retryAfter: 9 }) }),
    ).rejects.toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
    });
    const file = await toFile(Buffer.from('sound'), 'figs.wav', { type: 'audio/wav' });
    await expect(audio.translations.create({ model: MODEL, file, temperature: 7 })).rejects.toMatchObject({
      status: 400,
      param: 'temperature',
    });
  });
});

describe('streamed pictures and sound', () => {
  it('come as streams under compat: openai', async () => {
    const client = clientOf('plain');
    const stream = await client.images.generate({
      model: MODEL,
      prompt: 'a fig',
      stream: true,
      partial_images: 2,
    });
    expect((await Array.fromAsync(stream)).map(({ type }) => type)).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
    const speech = await client.audio.speech.create({
      model: MODEL,
      input: 'Figs',
      voice: 'alloy',
      stream_format: 'sse',
    });
    expect(speech.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(await speech.text()).toContain('speech.audio.done');
  });
});

describe('a transcript as text', () => {
  it.each([
    ['legacy', { 'html-message': 'Figs\n' }],
    ['litellm', { 'html-message': 'Figs\n' }],
    ['plain', 'Figs\n'],
  ] as const)('comes to a key of %s in the form that its clients know', async (way, expected) => {
    const transcript: unknown = await clientOf(way).audio.transcriptions.create({
      model: MODEL,
      file: await toFile(Buffer.from('sound'), 'figs.wav', { type: 'audio/wav' }),
      prompt: asked({ text: 'Figs' }),
      response_format: 'text',
    });
    expect(transcript).toEqual(expected);
  });
});
