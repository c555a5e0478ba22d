import { describe, expect, it } from 'vitest';
import { emulate, post, postForm, startEmulator, typedEvents } from './test-emulator.ts';

const sound = { field: 'file', name: 'figs.wav', content: 'abc' };

describe('speech', () => {
  const speak = async (fields: object) =>
    post(await startEmulator(), '/audio/speech', {
      model: 'tts-1',
      voice: 'alloy',
      input: 'Figs',
      ...fields,
    });

  it('comes as bytes that are no text, the same for the same input', async () => {
    const emulator = await startEmulator();
    const bytes = async () => {
      const response = await fetch(`${emulator.url}/audio/speech`, {
        method: 'POST',
        headers: { authorization: 'Bearer test-key', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'tts-1', voice: 'alloy', input: 'Figs' }),
      });
      expect(response.headers.get('content-type')).toBe('audio/mpeg');
      return Buffer.from(await response.arrayBuffer());
    };
    const first = await bytes();
    expect(first.equals(await bytes())).toBe(true);
    expect(Buffer.from(first.toString('utf8')).equals(first)).toBe(false);
  });

  it('comes in the format that is asked for', async () => {
    expect((await speak({ response_format: 'wav' })).headers.get('content-type')).toBe('audio/wav');
  });

  it('streams in base64, then its usage', async () => {
    const events = typedEvents((await speak({ stream_format: 'sse' })).text);
    expect(events.at(0)?.type).toBe('speech.audio.delta');
    expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done', usage: { input_tokens: 1 } });
  });

  it.each([
    ['no voice', { voice: undefined }, 'voice'],
    ['no words', { input: '' }, 'input'],
    ['too long a text', { input: 'x'.repeat(4097) }, 'input'],
    ['too fast a pace', { speed: 5 }, 'speed'],
    ['an unknown format', { response_format: 'midi' }, 'response_format'],
    ['an unknown parameter', { vendor: 1 }, 'vendor'],
  ])('refuses %s', async (_name, fields, param) => {
    const { status, json } = await speak(fields);
    expect(status).toBe(400);
    expect(json.error.param).toBe(param);
  });

  it('can be cut half way', async () => {
    await expect(speak({ input: emulate({ cut: 'reset' }) })).rejects.toThrow();
  });
});

describe('transcriptions', () => {
  const transcribe = async (fields: Record<string, string>) =>
    postForm(await startEmulator(), '/audio/transcriptions', { model: 'whisper-1', ...fields }, sound);

  it('tell of the file that came', async () => {
    const { json } = await transcribe({ language: 'en', temperature: '0' });
    expect(json).toMatchObject({ text: 'You sent figs.wav of 3 bytes.', usage: { type: 'tokens' } });
  });

  it.each([
    ['text', 'Figs\n'],
    ['srt', '1\n00:00:00,000 --> 00:00:00,000\nFigs\n\n'],
    ['vtt', 'WEBVTT\n\n00:00:00.000 --> 00:00:00.000\nFigs\n\n'],
  ])('come as %s', async (response_format, expected) => {
    const { text, headers } = await transcribe({ response_format, prompt: emulate({ text: 'Figs' }) });
    expect(text).toBe(expected);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
  });

  it('come with times', async () => {
    const prompt = emulate({ text: 'two words' });
    const segments = (await transcribe({ response_format: 'verbose_json', prompt })).json;
    expect(segments).toMatchObject({ task: 'transcribe', duration: 1, segments: [{ text: 'two words' }] });
    const fields = { response_format: 'verbose_json', 'timestamp_granularities[]': 'word', prompt };
    expect((await transcribe(fields)).json).toMatchObject({ words: [{ word: 'two' }, { word: 'words' }] });
  });

  it('stream in pieces, then whole', async () => {
    const { text } = await transcribe({ stream: 'true', prompt: emulate({ text: 'one two three four' }) });
    expect(typedEvents(text)).toMatchObject([
      { type: 'transcript.text.delta', delta: 'one two three' },
      { type: 'transcript.text.delta', delta: ' four' },
      { type: 'transcript.text.done', text: 'one two three four', usage: { type: 'tokens' } },
    ]);
  });

  it.each([
    ['a text for a file', { file: 'figs' }, 'file'],
    ['a temperature beyond one', { temperature: '1.5' }, 'temperature'],
    ['a temperature that is no number', { temperature: 'hot' }, 'temperature'],
    ['an unknown format', { response_format: 'midi' }, 'response_format'],
    ['an unknown parameter', { vendor: '1' }, 'vendor'],
  ])('refuse %s', async (_name, fields, param) => {
    const file = 'file' in fields ? undefined : sound;
    const given = { model: 'whisper-1', ...fields };
    const { status, json } = await postForm(await startEmulator(), '/audio/transcriptions', given, file);
    expect(status).toBe(400);
    expect(json.error.param).toBe(param);
  });

  it('fail as a directive in the prompt says', async () => {
    expect((await transcribe({ prompt: emulate({ status: 429, retryAfter: 6 }) })).status).toBe(429);
  });
});

describe('translations', () => {
  it('take no language, which is English', async () => {
    const emulator = await startEmulator();
    const translate = (fields: Record<string, string>) =>
      postForm(emulator, '/audio/translations', { model: 'whisper-1', ...fields }, sound);
    expect((await translate({ response_format: 'verbose_json' })).json).toMatchObject({
      task: 'translate',
      language: 'english',
    });
    expect((await translate({ language: 'en' })).json.error.param).toBe('language');
  });
});
