import type { Quirk } from './quirk.ts';

/** An event that one of the two streams has beyond the end of the other; never a difference inside an event. */
const AN_EVENT_MORE = /^(events\[\d+\]|assembled\.isDone)$/;
const UNUSABLE =
  /(fault: (broken|cut) document(?! of moderations)|request: (arguments that are no JSON|tool choice without a function))/;

/** Differences where a provider fails, whatever it speaks. */
export const FAULT_QUIRKS: readonly Quirk[] = [
  {
    id: 'error.html_page',
    legacy:
      'Answers an HTML error page as `{"html-message": "<html…"}`; at the endpoints for moderations and image edits with the page itself.',
    ours: 'Answers an `error` object under the same status, without the page.',
    why: 'It loses what went wrong: clients look for an `error` object. And a firewall’s page may carry anything.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [{ at: /^(answer|headers\.content-type$)/, cases: /fault: HTML page/ }],
  },
  {
    id: 'fault.blamed_on_itself',
    legacy:
      'Answers 500 `Something went wrong`, or 500 with the words of its failed fetch, where the provider sent half a document, broke off or could not be reached, and where a request cannot be translated.',
    ours: 'Answers 502 with a code that says which, and 400 for what is wrong with the request.',
    why: 'The 500 lies: it says that the gateway failed, and clients retry or give up by it. The fetch’s words carry internal addresses.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [{ at: /^(status|outcome|answer|headers)/, cases: UNUSABLE }],
  },
  {
    id: 'fault.half_document_passed',
    legacy:
      'Passes half a document on under 200 at the endpoint for moderations, whose answers it does not read.',
    ours: 'Answers 502 with a code that says what is wrong.',
    why: 'It is malformed JSON under a success: no client can read it, and none would retry it.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [{ at: /^(status|outcome|answer|headers)/, cases: /fault: broken document of moderations/ }],
  },
  {
    id: 'stream.clean_end_after_cut',
    legacy: 'Ends a stream that its provider cut, or that it cannot read on in, as if it were complete.',
    ours: 'Ends it with an error event and without `[DONE]`.',
    why: 'It loses data: half an answer is taken for a whole one (Portkey issue 1797).',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [{ at: AN_EVENT_MORE, cases: /(fault: cut stream|anthropic fault: broken event amid stream)/ }],
  },
  {
    id: 'stream.error_under_200',
    legacy: 'Begins a 200 stream whose only event is an error, and ends it with `[DONE]`.',
    ours: 'Answers 502 with the error’s code, as nothing was sent yet.',
    why: 'It lies: status and end marker say that the call succeeded.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [
      { at: /^(status|outcome|answer|events|assembled|headers)/, cases: /^(?!google ).*fault: error first/ },
    ],
  },
  {
    id: 'stream.done_after_error',
    legacy: 'Passes on what follows an error event, `[DONE]` included.',
    ours: 'Ends the stream with the error event.',
    why: 'It lies: `[DONE]` says that the answer is complete.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [{ at: AN_EVENT_MORE, cases: /^(deepseek |anthropic messages )?fault: error amid stream/ }],
  },
  {
    id: 'stream.no_done',
    legacy: 'Leaves `[DONE]` out where the provider does.',
    ours: 'Adds it behind a finished stream.',
    why: 'It lies: a complete answer looks like one that was cut, and clients that wait for its end hang.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [{ at: AN_EVENT_MORE, cases: /^(completions |deepseek )?stream: provider without \[DONE\]/ }],
  },
];
