import { describe, expect, it } from 'vitest';
import { contentsOf, gemini } from './native-client.ts';
import { emulate, startEmulator } from './test-emulator.ts';

const LONG = 'one two three four five six seven eight';
const SSE = 'streamGenerateContent?alt=sse';
const stream = async (directive: object, method = SSE, fields: object = {}) =>
  gemini(await startEmulator(), method, contentsOf(emulate(directive), fields));
const chunk = (text: string) => ({ candidates: [{ content: { parts: [{ text }], role: 'model' } }] });

describe('a stream of events', () => {
  it('brings a text in pieces, the last of which says why it ended', async () => {
    const { events, text, headers } = await stream({ text: LONG });
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(text.endsWith('}\r\n\r\n')).toBe(true);
    expect(events).toMatchObject([chunk('one two three'), chunk(' four five six'), chunk(' seven eight')]);
    expect(events[1]).not.toHaveProperty('candidates.0.finishReason');
    expect(events[2]).toMatchObject({ candidates: [{ finishReason: 'STOP' }] });
  });

  it('counts what has come so far with every piece', async () => {
    const { events } = await stream({ text: LONG, reasoning: 'hm' });
    const usage = [undefined, 3, 6, 8].map((candidatesTokenCount) =>
      candidatesTokenCount === undefined ? {} : { candidatesTokenCount },
    );
    expect(events).toMatchObject(
      usage.map((each) => ({ usageMetadata: { ...each, thoughtsTokenCount: 1 } })),
    );
    expect(events[0]).not.toHaveProperty('usageMetadata.candidatesTokenCount');
  });

  it('brings each call whole and by itself, then an empty text', async () => {
    const call = { name: 'f', arguments: '{}' };
    const { events } = await stream({ toolCalls: [call, call] });
    const called = { candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: {} } }] } }] };
    expect(events).toMatchObject([called, called, chunk('')]);
  });

  it('can come in one event', async () => {
    const { events } = await stream({
      text: LONG,
      toolCalls: [{ name: 'f', arguments: '{}' }],
      singleEvent: true,
    });
    expect(events).toMatchObject([
      {
        candidates: [
          { content: { parts: [{ text: LONG }, { functionCall: { name: 'f' } }] }, finishReason: 'STOP' },
        ],
      },
    ]);
  });

  it('ends without parts where thinking used up the tokens, and without content where it is withheld', async () => {
    const thought = await stream({ reasoning: LONG }, SSE, { generationConfig: { maxOutputTokens: 2 } });
    expect(thought.events.at(-1)).toMatchObject({ candidates: [{ content: { role: 'model' } }] });
    expect(thought.events.at(-1)).not.toHaveProperty('candidates.0.content.parts');
    const withheld = await stream({ finishReason: 'SAFETY' });
    expect(withheld.events).toMatchObject([{ candidates: [{ content: {}, finishReason: 'SAFETY' }] }]);
  });

  it('says that the prompt is blocked', async () => {
    const { events } = await stream({ blockReason: 'OTHER' });
    expect(events).toMatchObject([{ promptFeedback: { blockReason: 'OTHER' } }]);
  });

  it('lets candidates take turns', async () => {
    const { events } = await stream({ text: 'a b c d' }, SSE, { generationConfig: { candidateCount: 2 } });
    expect(events).toMatchObject([0, 1, 0, 1].map((index) => ({ candidates: [{ index }] })));
  });

  it('can have bare line feeds', async () => {
    expect((await stream({ crlf: false, text: LONG })).text).not.toContain('\r');
  });

  it('can fail at once and amid', async () => {
    const error = { error: { code: 503, status: 'UNAVAILABLE', message: 'Down' } };
    expect((await stream({ errorFirstEvent: true, errorMessage: 'Down' })).events).toMatchObject([error]);
    const amid = await stream({ errorMidStream: true, afterEvents: 1, errorMessage: 'Down', text: LONG });
    expect(amid.events).toMatchObject([chunk('one two three'), error]);
  });

  it('can end before it says that it is complete', async () => {
    const { events } = await stream({ cut: 'clean', text: LONG });
    expect(events).toMatchObject([chunk('one two three')]);
  });
});

describe('a stream that is one array', () => {
  const ARRAY = 'streamGenerateContent';

  it('holds what the events would', async () => {
    const { text, json, headers } = await stream({ text: LONG }, ARRAY);
    expect(headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(json).toMatchObject([chunk('one two three'), chunk(' four five six'), chunk(' seven eight')]);
    expect(text.startsWith('[{')).toBe(true);
    expect(text.split('\n,\r\n{')).toHaveLength(3);
    expect(text.endsWith('}\n]')).toBe(true);
  });

  it('stays JSON with an error in it, in pieces, and with white space for comments', async () => {
    const failed = await stream({ errorMidStream: true, afterEvents: 1, text: LONG }, ARRAY);
    expect(failed.json).toMatchObject([chunk('one two three'), { error: { code: 503 } }]);
    const split = await stream({ splitBytes: 5, keepAliveComments: true, text: 'äöü 🌳 ß' }, ARRAY);
    expect(split.json).toMatchObject([chunk('äöü 🌳 ß')]);
  });

  it('stays open where it is cut', async () => {
    const { text } = await stream({ cut: 'clean', afterEvents: 2, text: LONG }, ARRAY);
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(`${text}]`)).toHaveLength(2);
  });
});
