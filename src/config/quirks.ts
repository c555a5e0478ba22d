/** A way in which the legacy path's answers or requests differ from plain OpenAI semantics. */
export interface Quirk {
  readonly id: string;
  /** What the legacy path does. */
  readonly legacy: string;
  /** What the new path does under `compat: openai`, and under `portkey` where the quirk is not reproduced. */
  readonly ours: string;
  readonly why: string;
  /** Whether a client's code could have come to rely on it. */
  readonly clientsMayRely: boolean;
  /** `portkey`: reproduced under that compat; `never`: it loses data, lies, or is nobody's business to keep. */
  readonly reproduced: 'portkey' | 'never';
  /**
   * The differences that it explains: where they stand, as a pattern over paths such as `answer.error.message` or
   * `provider[0].body.temperature`, and in which cases of the parity corpus.
   */
  readonly explains: readonly { readonly at: RegExp; readonly cases: RegExp }[];
}

const ERROR_CASES = /^error: /;
/** An event that one of the two streams has beyond the end of the other; never a difference inside an event. */
const AN_EVENT_MORE = /^events\[\d+\]$/;
const UNUSABLE = /^fault: (broken|cut) document/;

/**
 * Every known difference between the paths. The parity run fails on one that is not here, and on an entry that no
 * longer occurs; `docs/parity.md` is made from it.
 */
export const QUIRKS: readonly Quirk[] = [
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
    id: 'request.dropped_fields',
    legacy: 'Sends the provider only the fields it knows.',
    ours: 'Sends every field; the provider decides.',
    why: 'A strict provider answers 400 to a field that it never saw before. The names are logged.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: /^(status|answer|provider\[0\]\.body)/, cases: /^request: (unknown field|newer fields)/ },
    ],
  },
  {
    id: 'request.clamped_numbers',
    legacy: 'Moves temperature, top_p and penalties into their bounds.',
    ours: 'Sends what the client sent; the provider answers 400 where it is out of bounds.',
    why: 'A client that sends `temperature: 9` has been served all along.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^(status|answer|provider\[0\]\.body)/, cases: /^request: out of bounds/ }],
  },
  {
    id: 'request.no_retries',
    legacy: 'Asks the provider once.',
    ours: 'Asks up to twice more where the failure may pass, before anything has gone to the client.',
    why: 'Clients with retries of their own count on seeing each 429.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^provider\[[12]\]$/, cases: /^(error|fault): / }],
  },
  {
    id: 'error.html_page',
    legacy: 'Answers an HTML error page as `{"html-message": "<html…"}`.',
    ours: 'Answers an `error` object under the same status, without the page.',
    why: 'No client can show it; a page of a firewall may carry anything.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: /^answer/, cases: /^fault: HTML page/ }],
  },
  {
    id: 'fault.blamed_on_itself',
    legacy:
      'Answers 500 `Something went wrong`, or 500 with the words of its failed fetch, where the provider sent half a document, broke off or could not be reached.',
    ours: 'Answers 502 with a code that says which.',
    why: 'The 500 lies: it says that the gateway failed, and clients retry or give up by it. The fetch’s words carry internal addresses.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: /^(status|answer|headers)/, cases: UNUSABLE }],
  },
  {
    id: 'stream.clean_end_after_cut',
    legacy: 'Ends a stream that its provider cut as if it were complete.',
    ours: 'Ends it with an error event and without `[DONE]`.',
    why: 'It loses data: half an answer is taken for a whole one (Portkey issue 1797).',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: AN_EVENT_MORE, cases: /^fault: cut stream/ }],
  },
  {
    id: 'stream.error_under_200',
    legacy: 'Begins a 200 stream whose only event is an error, and ends it with `[DONE]`.',
    ours: 'Answers 502 with the error’s code, as nothing was sent yet.',
    why: 'It lies: status and end marker say that the call succeeded.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: /^(status|answer|events|headers)/, cases: /^fault: error first/ }],
  },
  {
    id: 'stream.done_after_error',
    legacy: 'Passes on what follows an error event, `[DONE]` included.',
    ours: 'Ends the stream with the error event.',
    why: 'It lies: `[DONE]` says that the answer is complete.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: AN_EVENT_MORE, cases: /^fault: error amid stream/ }],
  },
  {
    id: 'stream.no_done',
    legacy: 'Leaves `[DONE]` out where the provider does.',
    ours: 'Adds it behind a finished stream.',
    why: 'Clients that wait for it hang until the connection closes.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: AN_EVENT_MORE, cases: /^stream: provider without \[DONE\]/ }],
  },
  {
    id: 'headers.portkey',
    legacy: 'Adds `x-portkey-*` headers to every answer.',
    ours: 'Has none.',
    why: 'They tell of Portkey’s own cache, retries and trace, none of which the gateway uses.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: /^headers\.x-portkey-/, cases: /./ }],
  },
  {
    id: 'headers.provider_own',
    legacy: 'Passes every header of the provider on, those of its own proxies among them.',
    ours: 'Passes on what concerns the call: content type, `retry-after`, rate limits, `openai-*`, and the request id as `x-upstream-request-id`.',
    why: 'A cookie or a server’s name of the provider’s network says nothing to the gateway’s clients.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: /^headers\.(server|set-cookie|via|alt-svc|cf-.*)$/, cases: /./ }],
  },
  {
    id: 'request.client_headers',
    legacy: 'Sends the provider Node’s headers.',
    ours: 'Sends the official SDK’s: `user-agent`, `x-stainless-*`, `accept`.',
    why: 'They name the software that speaks; providers do not act on them.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [
      {
        at: /^provider\[0\]\.headers\.(user-agent|x-stainless-.*|accept|accept-language|accept-encoding|sec-fetch-mode)$/,
        cases: /./,
      },
    ],
  },
];
