import type { Quirk } from './quirk.ts';

const ERROR_CASES = /^(deepseek )?error: /;
/** What a provider answers to another request. */
const OTHER_ANSWER = /^(status|outcome|answer|events|headers\.content-type|provider\[0\]\.body)/;

/** Differences at providers of OpenAI's dialect. */
export const OPENAI_QUIRKS: readonly Quirk[] = [
  {
    id: 'error.message_prefix',
    legacy: 'Puts `openai error: ` in front of the message of a provider’s error.',
    ours: 'Passes the provider’s message on.',
    why: 'Clients may match on the text.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^answer\.error\.message$/, cases: ERROR_CASES }],
  },
  {
    id: 'error.provider_field',
    legacy: 'Adds `provider: "openai"` beside `error`.',
    ours: 'Has `error` alone.',
    why: 'Clients may read it.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^answer\.provider$/, cases: ERROR_CASES }],
  },
  {
    id: 'error.foreign_shape',
    legacy: 'Passes on an error that has another shape than OpenAI’s, as compatible providers send them.',
    ours: 'Puts its text into an `error` object.',
    why: 'Clients of such a provider may read its own shape.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^answer/, cases: /^error: in another provider’s shape/ }],
  },
  {
    id: 'error.lost_text',
    legacy: 'Makes `openai error: undefined` of an error that is a text.',
    ours: 'Has the text as message.',
    why: 'It loses data: what went wrong.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [{ at: /^answer\.error\.(message|code)$/, cases: /^error: in another provider’s shape, text/ }],
  },
  {
    id: 'request.dropped_fields',
    legacy: 'Sends the provider only the fields it knows.',
    ours: 'Sends every field; the provider decides.',
    why: 'A strict provider answers 400 to a field that it never saw before. The names are logged.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: OTHER_ANSWER, cases: /^(deepseek )?request: (unknown field|newer fields)/ },
      {
        at: /^provider\[0\]\.body\.thinking$/,
        cases: /^deepseek ((whole|stream): (thinking|tool results with)|request: tool results without)/,
      },
    ],
  },
  {
    id: 'request.clamped_numbers',
    legacy:
      'Moves temperature, top_p, penalties, token limits, log probabilities and the number of images into their bounds.',
    ours: 'Sends what the client sent; the provider answers 400 where it is out of bounds.',
    why: 'A client that sends `temperature: 9` has been served all along.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: OTHER_ANSWER, cases: /^(deepseek )?request: out of bounds/ }],
  },
  {
    id: 'request.reasoning_added',
    legacy: 'Never asks DeepSeek’s models to think, as it drops `thinking`.',
    ours: 'Puts an empty `reasoning_content` into those turns of a thinking conversation that call tools without one.',
    why: 'Thinking models refuse such a turn otherwise.',
    clientsMayRely: false,
    reproduced: 'portkey',
    explains: [
      {
        at: /^provider\[0\]\.body\.messages\[\d+\]\.reasoning_content$/,
        cases: /^deepseek request: tool results without reasoning/,
      },
    ],
  },
  {
    id: 'request.default_word',
    legacy: 'Puts a value of its own where a field says `portkey-default`.',
    ours: 'Sends what the client sent; the provider answers 400.',
    why: 'It is how Portkey’s own clients leave a field to it.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: OTHER_ANSWER, cases: /^request: left to the gateway/ }],
  },
  {
    id: 'request.filled_voice',
    legacy: 'Asks for the voice `alloy` where a request for speech names none.',
    ours: 'Sends what the client sent; the provider answers 400.',
    why: 'A client without a voice has been served all along.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: OTHER_ANSWER, cases: /^request: speech without a voice/ }],
  },
  {
    id: 'responses.provider_field',
    legacy: 'Adds `provider: "openai"` to a response that is not streamed.',
    ours: 'Passes the response on byte for byte.',
    why: 'Clients may read it.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: /^answer\.provider$/, cases: /^(responses|request: (unknown field|newer fields) of responses)/ },
    ],
  },
  {
    id: 'transcript.text_in_json',
    legacy: 'Answers a transcript that was asked for as text, or as subtitles, as `{"html-message": "…"}`.',
    ours: 'Answers the text.',
    why: 'Nothing is lost, and a client that was written against it takes the text from there.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(answer|headers\.content-type)$/,
        cases: /^(transcriptions|translations): (text|subtitles)$/,
      },
    ],
  },
];
