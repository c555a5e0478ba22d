import type { Quirk } from './quirk.ts';

const CHAT = /^anthropic (whole|stream|request|fault): /;
/** A stream's events one by one: what a client makes of them together is compared apart, as `assembled`. */
const EVENT_BY_EVENT = /^events\[\d+\]/;

/** Differences at Anthropic. */
export const ANTHROPIC_QUIRKS: readonly Quirk[] = [
  {
    id: 'anthropic.provider_field',
    legacy: 'Adds `provider: "anthropic"` to every document.',
    ours: 'Has OpenAI’s fields alone.',
    why: 'Clients may read it.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^answer\.provider$/, cases: CHAT }],
  },
  {
    id: 'anthropic.chunks',
    legacy:
      'Gives a stream an id of the time of day, writes a chunk for each of Anthropic’s events, with an empty delta for those that it has no word for, puts the usage into the chunk with the finish reason, and adds `provider` to each.',
    ours: 'Gives it the message’s id, writes a chunk for whatever a client can use, and the usage in a last one of its own.',
    why: 'Clients may count on the usage in the last chunk, or on the order.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: EVENT_BY_EVENT, cases: /^anthropic (stream: |fault: (cut|error amid|broken event amid))/ },
    ],
  },
  {
    id: 'anthropic.message_form',
    legacy: 'Writes `content: ""` beside tool calls, and no `refusal`.',
    ours: 'Writes `content: null` beside tool calls without text, and `refusal: null`, as OpenAI does.',
    why: 'Clients may take the content for a string.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: /^answer\.choices\[0\]\.message\.refusal$/, cases: CHAT },
      {
        at: /^answer\.choices\[0\]\.message\.content$/,
        cases: /^anthropic whole: tool (call without|call|choice)/,
      },
    ],
  },
  {
    id: 'anthropic.usage',
    legacy:
      'Counts the prompt without what came from the cache or went to it, adds Anthropic’s own counts of both, and sends the usage with every stream.',
    ours: 'Counts the whole prompt, with the cached part in its details, and sends a stream’s usage where it was asked for.',
    why: 'Clients may add the counts up by these definitions. The ledger has the right ones under either.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^(answer|assembled)\.usage/, cases: CHAT }],
  },
  {
    id: 'anthropic.finish_reasons',
    legacy: 'Calls a refusal and a full context window `stop`.',
    ours: 'Calls them `content_filter` and `length`.',
    why: 'Clients may treat every finish reason but `stop` as a failure.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(answer\.choices\[0\]\.finish_reason|assembled\.choices\.0\.finishReason)$/,
        cases: /^anthropic (whole|stream): (refusal|context window exceeded)/,
      },
    ],
  },
  {
    id: 'anthropic.no_thinking',
    legacy: 'Leaves out what the model thought, in its strict mode, which is the default.',
    ours: 'Gives it as `reasoning_content`, and the signed blocks to be sent back as `thinking_blocks`.',
    why: 'A client that never saw thoughts may show them to its users as part of the answer.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(answer\.choices\[0\]\.message\.(reasoning_content|thinking_blocks)|assembled\.choices\.0\.reasoning)$/,
        cases: /^anthropic (whole|stream): thinking/,
      },
    ],
  },
  {
    id: 'anthropic.no_search_results',
    legacy: 'Leaves out what Anthropic’s own tools were asked and found.',
    ours: 'Gives it under `provider_specific_fields`.',
    why: 'It is a field that clients of Portkey never had.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^answer\.choices\[0\]\.message\.provider_specific_fields$/,
        cases: /^anthropic whole: search by the provider/,
      },
    ],
  },
  {
    id: 'anthropic.error_form',
    legacy:
      'Puts `anthropic error: ` in front of the message of an error, adds `provider: "anthropic"`, has no code, and does the same with errors of `/v1/messages`, in OpenAI’s envelope.',
    ours: 'Passes the message on, with a code by its status; errors of `/v1/messages` have Anthropic’s envelope.',
    why: 'Clients may match on the text.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^answer/, cases: /^anthropic (messages )?error: / }],
  },
  {
    id: 'anthropic.request_form',
    legacy:
      'Sends `system: []` where there are no instructions, `$defs: {}` with each tool, and each result of a tool as a turn of its own.',
    ours: 'Leaves out what is empty, and puts the results of parallel calls into one turn.',
    why: 'Anthropic takes both alike; the same bytes hit the same prompt cache.',
    clientsMayRely: false,
    reproduced: 'portkey',
    explains: [
      {
        at: /^provider\[0\]\.body\.(system$|tools\[\d+\]\.input_schema\.\$defs$|messages\[\d+\])/,
        cases: /^anthropic (whole|stream|request|error|fault): /,
      },
    ],
  },
  {
    id: 'anthropic.dropped_fields',
    legacy:
      'Sends Anthropic only the fields and parts it knows: no response format, reasoning effort or choice of one tool at a time, none of Anthropic’s newer fields, no audio.',
    ours: 'Translates what Anthropic has something for, passes on what it does not know, and refuses with a 400 that names the field what would change the answer.',
    why: 'A client that sends them has been served all along. The names are logged.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(status|outcome|headers|answer|events|assembled|provider\[0\])/,
        cases:
          /^anthropic ((whole|stream): (JSON|one tool at a time|thinking effort|audio part)|request: (fields without|several choices|unknown field|newer fields|betas))/,
      },
    ],
  },
  {
    id: 'anthropic.no_default_limit',
    legacy: 'Asks for no limit where the client set none, which Anthropic answers with a 400.',
    ours: 'Asks for 4096 tokens, and the thinking budget on top.',
    why: 'OpenAI’s clients need not set one; those of Portkey have learnt to.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(status|outcome|headers|answer|events|assembled|provider)/,
        cases: /^anthropic (whole|stream): no limit$/,
      },
    ],
  },
  {
    id: 'anthropic.clamped_temperature',
    legacy: 'Moves a temperature above 1 to 1.',
    ours: 'Sends what the client sent; Anthropic answers 400.',
    why: 'A client that sends OpenAI’s `temperature: 1.7` has been served all along.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(status|outcome|answer|provider\[0\]\.body)/,
        cases: /^anthropic request: out of bounds temperature/,
      },
    ],
  },
  {
    id: 'anthropic.nulls_count',
    legacy: 'Passes a null on, which Anthropic answers with a 400.',
    ours: 'Takes a null for a field that is not there.',
    why: 'OpenAI takes nulls so; a client of Portkey has learnt to leave them out.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: /^(status|outcome|answer|provider\[0\]\.body)/, cases: /^anthropic request: nulls that count/ },
    ],
  },
  {
    id: 'anthropic.old_beta_header',
    legacy: 'Sends `anthropic-beta: messages-2023-12-15` with every request that names no beta itself.',
    ours: 'Sends the betas that the client names.',
    why: 'That beta became the API itself in March 2024; Anthropic ignores the name.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: /^provider\[0\]\.headers\.anthropic-beta$/, cases: /^anthropic / }],
  },
  {
    id: 'anthropic.framing',
    legacy:
      'Finds events by LF and by their first line only: of a stream with CRLF it passes on nothing, at a comment it ends, both as if complete.',
    ours: 'Reads server-sent events as they are specified.',
    why: 'It loses data: the text behind the comment, or all of it.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(events|assembled|outcome)/,
        cases: /^anthropic stream: (CRLF line ends|comments between events)/,
      },
    ],
  },
  {
    id: 'anthropic.needs_usage',
    legacy:
      'Answers 500 `Something went wrong` to a message without usage, and leaves the role, the model and the finish reason out of such a stream.',
    ours: 'Answers without usage.',
    why: 'It loses data: an answer that is there.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(status|outcome|headers|answer|events|assembled)/,
        cases: /^anthropic (whole|stream): no usage/,
      },
    ],
  },
  {
    id: 'anthropic.empty_arguments',
    legacy: 'Gives a streamed call without arguments `""` for them, which is no JSON.',
    ours: 'Gives `{}`, as the whole answer does on both paths.',
    why: 'It garbles a tool call: clients parse the arguments and fail.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(events\[\d+\]|assembled\.choices\.0\.calls\.0\.arguments$)/,
        cases: /^anthropic stream: tool call without arguments/,
      },
    ],
  },
  {
    id: 'anthropic.leaked_search',
    legacy: 'Streams the input of Anthropic’s own tools as a tool call with index -1 and no name.',
    ours: 'Streams no call: the client has nothing to run.',
    why: 'It lies: clients would run, and answer, a call that is not theirs.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [
      {
        at: /^(events\[\d+\]|assembled\.choices\.0\.calls)/,
        cases: /^anthropic stream: search by the provider/,
      },
    ],
  },
  {
    id: 'anthropic.lost_parts',
    legacy:
      'Leaves out pictures and documents whose data URL has a parameter, files that are named by an id, and parts without what belongs in them.',
    ours: 'Passes them on.',
    why: 'It loses data: the model answers without having seen the picture.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(answer\.usage|provider\[0\]\.body\.messages\[0\]\.content)/,
        cases: /^anthropic request: picture with parameters/,
      },
    ],
  },
  {
    id: 'anthropic.lost_thread',
    legacy: 'Leaves out `thread`, by which Anthropic goes on with the conversation that it holds.',
    ours: 'Passes it on.',
    why: 'It loses data: the request is answered with 200 as if nothing had been said before.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [{ at: /^provider\[0\]\.body\.thread$/, cases: /^anthropic request: a thread of messages/ }],
  },
  {
    id: 'anthropic.refused_early',
    legacy: 'Passes a message of a role that Anthropic does not know on, which it answers with a 400.',
    ours: 'Answers the 400 itself, naming the field, for that and for a choice of a tool that names none.',
    why: 'Under `portkey` the provider’s own words are kept.',
    clientsMayRely: false,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(headers|provider\[0\]$)/,
        cases: /^anthropic (error: refused role|request: tool choice without)/,
      },
    ],
  },
  {
    id: 'anthropic.error_as_finish_reason',
    legacy: 'Turns an error amid a stream into a finish reason of its type, followed by `[DONE]`.',
    ours: 'Ends the stream with an error event that has the message.',
    why: 'It lies, since `[DONE]` says that the answer is complete, and loses the message.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [{ at: /^(events\[\d+\]|assembled)/, cases: /^anthropic fault: error amid stream/ }],
  },
];
