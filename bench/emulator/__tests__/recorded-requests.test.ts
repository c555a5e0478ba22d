import { expect, it } from 'vitest';
import { readExchanges } from '../../../test/support/recorded-exchange.ts';
import { HAS_RECORDINGS, indexedRecordings, MISSING_RECORDINGS } from '../../../test/support/recordings.ts';
import { postNative } from './native-client.ts';
import { startEmulator } from './test-emulator.ts';

/** What the emulator does not do on purpose, or not yet. */
const UNTOUCHED: ReadonlySet<string> = new Set([
  // Creates an explicit cache first, which is an endpoint of its own.
  'gemini/stream-cached-content.yaml',
  // Of 2024: a result under another id than its use has, which the API has refused since.
  'anthropic/messages-stream-tool-result-follow-up.yaml',
  // A tool that the server runs; the emulator knows its results only.
  'anthropic/messages-stream-web-search.yaml',
]);
const HEADERS = {
  authorization: 'Bearer k',
  'x-api-key': 'k',
  'x-goog-api-key': 'k',
  'anthropic-version': '2023-06-01',
};

const exchanges = indexedRecordings()
  .filter(({ path }) => /^(gemini|anthropic|deepseek)\//.test(path) && !UNTOUCHED.has(path))
  .flatMap((recording) => readExchanges(recording));
const taken = exchanges.filter(({ status, request }) => status === 200 && request !== undefined);

/** The path of the provider's own API; Vertex has the same methods behind a longer one, DeepSeek no version. */
function pathOf(file: string, path = ''): string {
  if (file.startsWith('deepseek/')) return '/v1/chat/completions';
  const plain = path.replace(/^\/v1(beta1)?\/projects\/.*\/models\//, '/v1beta/models/');
  return plain.includes(':stream') ? `${plain}?alt=sse` : plain;
}

it.runIf(HAS_RECORDINGS)('there are recorded requests of every dialect', () => {
  for (const provider of ['gemini', 'anthropic', 'deepseek']) {
    expect(taken.filter(({ file }) => file.startsWith(provider)).length, provider).toBeGreaterThan(5);
  }
});

it.runIf(HAS_RECORDINGS).each(taken)(
  `what a provider took in $file ($index), the emulator takes${MISSING_RECORDINGS}`,
  async ({ file, path, request }) => {
    const { status, text } = await postNative(await startEmulator(), pathOf(file, path), request, HEADERS);
    expect(status, text).toBe(200);
  },
);

it.runIf(HAS_RECORDINGS).each([
  ['gemini/error-400-invalid-key.yaml', {}],
  ['gemini/error-404-unknown-model.yaml', { models: ['gemini-2.5-flash'] }],
] as const)(`the emulator refuses as Google did in %s${MISSING_RECORDINGS}`, async (name, options) => {
  const recorded = exchanges.find(({ file }) => file === name);
  const emulator = await startEmulator({ apiKeys: 'models' in options ? ['k'] : ['another'], ...options });
  const answer = await postNative(emulator, pathOf(name, recorded?.path), recorded?.request, HEADERS);
  expect(answer.status).toBe(recorded?.status);
  expect(answer.json).toEqual(JSON.parse(String(recorded?.body)));
});
