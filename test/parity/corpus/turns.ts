import { emulate } from '../../support/emulated-gateway.ts';

/** One user turn. */
export const said = (content: string) => [{ role: 'user', content }];
/** One user turn that tells the emulator how to answer. */
export const told = (directive: object, text = '') => [emulate(directive, text)];
/** Enough words for several chunks. */
export const LONG = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen';

/** A tool. */
export const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
/** A response format of a strict schema. */
export const strictTree = {
  type: 'json_schema',
  json_schema: {
    name: 'tree',
    strict: true,
    schema: {
      type: 'object',
      properties: { species: { type: 'string' }, roots: { type: 'array', items: { $ref: '#/$defs/root' } } },
      required: ['species', 'roots'],
      additionalProperties: false,
      $defs: { root: { type: 'object', properties: {}, required: [], additionalProperties: false } },
    },
  },
};
/** A conversation in which two tools were called and have answered. */
export const toolTurn = [
  { role: 'user', content: 'Weather in Oslo and Rome?' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
      { id: 'call_2', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Rome"}' } },
    ],
  },
  { role: 'tool', tool_call_id: 'call_1', content: 'minus four' },
  { role: 'tool', tool_call_id: 'call_2', content: '' },
];
/** A picture of one pixel, as a data URL. */
export const image =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** A user turn with pictures, in place and by address. */
export const imageTurn = [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: image, detail: 'low' } },
      { type: 'image_url', image_url: { url: 'https://images.example/fig.png' } },
    ],
  },
];

/** A user turn with a recording in place. */
export const audioTurn = partsTurn({ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } });
/** A user turn with a PDF in place. */
export const fileTurn = partsTurn({
  type: 'file',
  file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
});

function partsTurn(part: object): object[] {
  return [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, part] }];
}

/** A turn that the provider answers with an error of this status. */
export const errorOf = (status: number) => ({ messages: told({ status, retryAfter: 6 }) });

/** A text that tells the emulator how to answer, for the endpoints that take no messages. */
export const asked = (directive: object) => emulate(directive).content;
/** Of an error: to be tried again so late that nobody waits. */
export const later = { retryAfter: 6 };
