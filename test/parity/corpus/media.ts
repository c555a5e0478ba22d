import { cases, type NamedBody, type ParityCase } from './parity-case.ts';
import { asked, LONG, later } from './turns.ts';

const sound = { field: 'file', name: 'speech.wav', type: 'audio/wav' };
const picture = { field: 'image', name: 'fig.png', type: 'image/png' };

const GENERATION_REQUESTS: readonly NamedBody[] = [
  ['image generations: in base64', { prompt: 'a banyan' }],
  [
    'image generations: by address, several',
    { prompt: 'a fig', n: 2, response_format: 'url', size: '512x512', style: 'vivid', user: 'u' },
  ],
  ['image generations: of a quality', { prompt: 'a fig', quality: 'low', response_format: 'b64_json' }],
  ['request: unknown field of image generations', { prompt: 'a fig', vendor_extra: 1 }],
  [
    'request: newer fields of image generations',
    { prompt: 'a fig', background: 'transparent', output_format: 'webp', moderation: 'low' },
  ],
  [
    'request: newer fields of image generations, streamed',
    { prompt: 'a fig', stream: true, partial_images: 2 },
  ],
  ['request: out of bounds number of image generations', { prompt: 'a fig', n: 99 }],
  ['error: ill-typed prompt of image generations', { prompt: 7 }],
  ['error: 400 for image generations', { prompt: asked({ status: 400 }) }],
  ['error: 429 for image generations', { prompt: asked({ status: 429, ...later }) }],
  ['error: 503 for image generations', { prompt: asked({ status: 503, ...later }) }],
  ['fault: HTML page for image generations', { prompt: asked({ htmlError: true }) }],
  ['fault: cut document of image generations', { prompt: asked({ cut: 'reset' }) }],
];

const SPEECH_REQUESTS: readonly NamedBody[] = [
  ['speech: mp3', { input: 'Figs strangle', voice: 'alloy' }],
  ['speech: wav, slowly', { input: 'Figs strangle', voice: 'nova', response_format: 'wav', speed: 0.5 }],
  ['request: speech without a voice', { input: 'Figs strangle' }],
  [
    'request: left to the gateway of speech',
    {
      input: 'Figs',
      voice: 'portkey-default',
      response_format: 'portkey-default',
      speed: 'portkey-default',
    },
  ],
  [
    'request: newer fields of speech',
    { input: 'Figs strangle', voice: 'alloy', instructions: 'Like a tree' },
  ],
  [
    'request: newer fields of speech, streamed',
    { input: 'Figs strangle', voice: 'alloy', stream_format: 'sse' },
  ],
  ['error: out of bounds speed of speech', { input: 'Hi', voice: 'alloy', speed: 9 }],
  ['error: 401 for speech', { input: asked({ status: 401 }), voice: 'alloy' }],
  ['error: 429 for speech', { input: asked({ status: 429, ...later }), voice: 'alloy' }],
  ['error: 500 for speech', { input: asked({ status: 500, ...later }), voice: 'alloy' }],
  ['fault: HTML page for speech', { input: asked({ htmlError: true }), voice: 'alloy' }],
];

const EDIT_REQUESTS: readonly NamedBody[] = [
  ['image edits: in base64', { prompt: 'more roots' }],
  ['image edits: by address, several', { prompt: 'more roots', n: 2, response_format: 'url', user: 'u' }],
  ['image edits: newer fields', { prompt: 'more', background: 'opaque', input_fidelity: 'high' }],
  ['image edits stream: partial images', { prompt: 'more roots', stream: true, partial_images: 2 }],
  ['error: unknown field of image edits', { prompt: 'more', vendor_extra: 1 }],
  ['error: out of bounds number of image edits', { prompt: 'more', n: 99 }],
  ['error: 429 for image edits', { prompt: asked({ status: 429, ...later }) }],
  ['error: 500 for image edits', { prompt: asked({ status: 500, ...later }) }],
  ['fault: HTML page for image edits', { prompt: asked({ htmlError: true }) }],
  [
    'fault: cut stream of image edits',
    { prompt: asked({ cut: 'reset', afterEvents: 1 }), stream: true, partial_images: 3 },
  ],
];

const VARIATION_REQUESTS: readonly NamedBody[] = [
  ['image variations: by address', { n: 2, response_format: 'url', size: '256x256', user: 'u' }],
  ['error: unknown field of image variations', { vendor_extra: 1 }],
  ['error: 429 for image variations', { user: asked({ status: 429, ...later }) }],
];

const TRANSCRIPTION_REQUESTS: readonly NamedBody[] = [
  ['transcriptions: JSON', { language: 'en', temperature: 0 }],
  [
    'transcriptions: with times',
    { response_format: 'verbose_json', 'timestamp_granularities[]': 'word', prompt: 'Figs' },
  ],
  ['transcriptions: text', { response_format: 'text' }],
  ['transcriptions: subtitles', { response_format: 'srt', prompt: asked({ text: '榕树 «ficus»' }) }],
  ['transcriptions stream: text', { stream: true, prompt: asked({ text: LONG }) }],
  ['error: unknown field of transcriptions', { vendor_extra: 1 }],
  ['error: out of bounds temperature of transcriptions', { temperature: 9 }],
  ['error: 400 for transcriptions', { prompt: asked({ status: 400 }) }],
  ['error: 429 for transcriptions', { prompt: asked({ status: 429, ...later }) }],
  ['error: 429 for streamed transcriptions', { prompt: asked({ status: 429, ...later }), stream: true }],
  ['error: 500 for transcriptions', { prompt: asked({ status: 500, ...later }) }],
  ['fault: HTML page for transcriptions', { prompt: asked({ htmlError: true }) }],
  ['fault: broken document of transcriptions', { prompt: asked({ badJson: true }) }],
  [
    'fault: cut stream of transcriptions',
    { prompt: asked({ cut: 'reset', afterEvents: 2, text: LONG }), stream: true },
  ],
  ['fault: error first in transcriptions', { prompt: asked({ errorFirstEvent: true }), stream: true }],
];

const TRANSLATION_REQUESTS: readonly NamedBody[] = [
  ['translations: JSON', { temperature: 0.5 }],
  ['translations: text', { response_format: 'text' }],
  ['error: unknown field of translations', { language: 'en' }],
  ['error: 429 for translations', { prompt: asked({ status: 429, ...later }) }],
  ['fault: HTML page for translations', { prompt: asked({ htmlError: true }) }],
];

/** Requests that go out as forms, with a file among the fields. */
function forms(
  path: string,
  file: NonNullable<ParityCase['file']>,
  named: readonly NamedBody[],
): ParityCase[] {
  return cases('openai', path, named).map((each) => ({ ...each, file }));
}

/**
 * Requests for pictures, speech and transcripts. No speech and no edit is cut in the middle: Portkey passes them on
 * unread, and now and then never ends them.
 */
export const MEDIA_CASES: readonly ParityCase[] = [
  ...cases('openai', '/v1/images/generations', GENERATION_REQUESTS),
  ...cases('openai', '/v1/audio/speech', SPEECH_REQUESTS),
  ...forms('/v1/images/edits', picture, EDIT_REQUESTS),
  ...forms('/v1/images/variations', picture, VARIATION_REQUESTS),
  ...forms('/v1/audio/transcriptions', sound, TRANSCRIPTION_REQUESTS),
  ...forms('/v1/audio/translations', sound, TRANSLATION_REQUESTS),
];
