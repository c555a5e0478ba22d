import { expect, it } from 'vitest';
import { readExchanges } from '../../../test/support/recorded-exchange.ts';
import { HAS_RECORDINGS, indexedRecordings, MISSING_RECORDINGS } from '../../../test/support/recordings.ts';
import { contentsOf, gemini } from './native-client.ts';
import { dataLines, emulate, startEmulator } from './test-emulator.ts';

const call = { name: 'get_weather', arguments: '{"city":"Oslo"}' };

/** Paths of all values, such as `candidates.content.parts.text`; the names in free-form objects are left out. */
function pathsOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => pathsOf(each, at));
  if (typeof value !== 'object' || value === null || at.endsWith('.args')) return [at];
  return [
    at,
    ...Object.entries(value).flatMap(([name, each]) => pathsOf(each, at === '' ? name : `${at}.${name}`)),
  ];
}

function recordedPaths(): ReadonlySet<string> {
  const answers = indexedRecordings()
    .filter(({ path }) => path.startsWith('gemini/'))
    .flatMap((recording) => readExchanges(recording))
    .filter(({ status, path = ':generateContent' }) => status === 200 && /generatecontent/i.test(path))
    .flatMap(({ body, isStream }) => (isStream ? dataLines(String(body)) : [String(body)]));
  return new Set(answers.flatMap((answer) => pathsOf(JSON.parse(answer))));
}

it.runIf(HAS_RECORDINGS).each([
  ['a text', { text: 'ok' }, {}],
  ['thoughts and signed calls', { reasoning: 'hm', toolCalls: [call, call] }, {}],
  ['log probabilities', {}, { generationConfig: { responseLogprobs: true, logprobs: 2 } }],
  ['cached and tool tokens', { cacheRead: 3, toolUseTokens: 4 }, {}],
  ['grounding', { grounding: true }, {}],
  ['code that was run', { serverTool: true, text: 'ok' }, {}],
  ['a content without parts', { reasoning: 'hm', emptyContent: true }, {}],
  ['a withheld answer', { finishReason: 'SAFETY' }, {}],
  ['a blocked prompt', { blockReason: 'SAFETY', usage: false }, {}],
])(
  `the emulator says nothing that Gemini does not: %s${MISSING_RECORDINGS}`,
  async (_what, directive, fields) => {
    const known = recordedPaths();
    const emulator = await startEmulator();
    const body = contentsOf(emulate(directive), fields);
    for (const model of ['gemini-2.5-flash', 'gemini-3-pro-preview']) {
      const whole = await gemini(emulator, 'generateContent', body, model);
      const stream = await gemini(emulator, 'streamGenerateContent?alt=sse', body, model);
      const said = [whole.json, ...stream.events].flatMap((value) => pathsOf(value));
      expect(said.filter((path) => !known.has(path))).toEqual([]);
    }
  },
);
