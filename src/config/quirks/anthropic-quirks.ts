import { ANTHROPIC_LOSSES } from './anthropic-losses.ts';
import type { Quirk } from './quirk.ts';

const CHAT = /^anthropic (whole|stream|request|fault): /;
/** A stream's events one by one: what a client makes of them together is compared apart, as `assembled`. */
const EVENT_BY_EVENT = /^events\[\d+\]/;

/** The document of another answer, or of none. */
const OTHER_DOCUMENT = /^(status|outcome|answer\.\w+)$/;
/** Another answer of the provider's. */
const OTHER_ANSWER = /^(status|outcome|headers\.content-type|answer(\.\w+)?|events|assembled)$/;
/** What is answered where the provider was not asked. */
const REFUSED_BY_THE_GATEWAY =
  /^(status|outcome|headers\.(content-type|request-id|anthropic-[\w-]+)|answer(\.\w+)?|events|assembled|provider\[0\])$/;

/** Where legacy differs from OpenAI's semantics at Anthropic in ways that a client may live by. */
const ANTHROPIC_WAYS: readonly Quirk[] = [
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
      {
        at: EVENT_BY_EVENT,
        cases:
          /^anthropic (stream: |fault: (cut stream|error amid|broken event amid|no finish reason in a stream))/,
      },
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
        cases:
          /^anthropic whole: (tool (call|choice required|choice by name)|thinking effort and a forced call)/,
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
    explains: [
      {
        at: /^(answer|assembled)\.usage(\.(prompt_tokens|total_tokens|cache_(read|creation)_input_tokens|(prompt|completion)_tokens_details))?$/,
        cases: CHAT,
      },
    ],
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
    explains: [
      { at: /^answer\.(error\.(message|param|code)|provider)$/, cases: /^anthropic (messages )?error: / },
      { at: /^answer\.(type|request_id)$/, cases: /^anthropic messages error: / },
    ],
  },
  {
    id: 'anthropic.request_form',
    legacy:
      'Sends `system: []` where there are no instructions, `$defs: {}` with each tool, a turn of one text as a list, and each result of a tool as a turn of its own.',
    ours: 'Leaves out what is empty, sends a text as one, and puts the results of parallel calls into one turn.',
    why: 'Anthropic takes both alike; the same bytes hit the same prompt cache.',
    clientsMayRely: false,
    reproduced: 'portkey',
    explains: [
      {
        at: /^provider\[0\]\.body\.(system|tools\[0\]\.input_schema\.\$defs)$/,
        cases: /^anthropic (whole|stream|request|error|fault): /,
      },
      {
        at: /^provider\[0\]\.body\.messages\[1\]\.content$/,
        cases: /^anthropic (whole|stream): system, developer and history$/,
      },
      {
        at: /^provider\[0\]\.body\.messages\[(2\]\.content\[1|3)\]$/,
        cases: /^anthropic (whole|stream): (tool results|thinking sent back|thinking lost)$/,
      },
    ],
  },
  {
    id: 'anthropic.dropped_fields',
    legacy:
      'Sends Anthropic only the fields and parts it knows: no response format, reasoning effort, search or choice of one tool at a time, none of Anthropic’s newer fields, no audio.',
    ours: 'Translates what Anthropic has something for, passes on what it does not know, and refuses with a 400 that names the field what would change the answer.',
    why: 'A client that sends them has been served all along. The names are logged.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^provider\[0\]\.body\.tool_choice$/,
        cases: /^anthropic (whole|stream): one tool at a time$/,
      },
      { at: /^provider\[0\]\.body\.system\[0\]$/, cases: /^anthropic (whole|stream): JSON mode$/ },
      {
        at: /^(provider\[0\]\.body\.output_config|answer\.(choices\[0\]\.message\.content|usage\.completion_tokens)|assembled\.choices\.0\.content)$/,
        cases: /^anthropic (whole|stream): JSON schema$/,
      },
      { at: /^provider\[0\]\.body\.thinking$/, cases: /^anthropic (whole|stream): thinking effort$/ },
      { at: /^provider\[0\]\.body\.tools$/, cases: /^anthropic (whole|stream): web search$/ },
      {
        at: REFUSED_BY_THE_GATEWAY,
        cases:
          /^anthropic ((whole|stream): (audio part|thinking effort and sampling)|request: (fields without a meaning here|several choices))$/,
      },
      { at: OTHER_DOCUMENT, cases: /^anthropic request: unknown field$/ },
      { at: /^provider\[0\]\.body\.vendor_extra$/, cases: /^anthropic request: unknown field$/ },
      {
        at: /^provider\[0\]\.body\.cache_control$/,
        cases: /^anthropic request: newer fields of messages$/,
      },
      {
        at: /^provider\[0\]\.headers\.anthropic-beta$/,
        cases: /^anthropic request: betas of messages$/,
      },
    ],
  },
  {
    id: 'anthropic.lost_thoughts',
    legacy:
      'Sends no `thinking_blocks` back, without which Anthropic refuses to think on behind the results of tools.',
    ours: 'Sends them in front of the calls that they led to.',
    why: 'Portkey’s clients never had any: they send thoughts as `content_blocks`, or do without.',
    clientsMayRely: false,
    reproduced: 'portkey',
    explains: [
      { at: OTHER_ANSWER, cases: /^anthropic (whole|stream): thinking sent back$/ },
      {
        at: /^provider\[0\]\.body\.messages\[1\]\.content\[([01]\]\.(type|name|id|input|input\.city|thinking|signature)|2\])$/,
        cases: /^anthropic (whole|stream): thinking sent back$/,
      },
    ],
  },
  {
    id: 'anthropic.unsaid_end_of_document',
    legacy: 'Calls a message that does not say why it ended `stop`.',
    ours: 'Asks again, and answers 502 where that does not help.',
    why: 'A client may take half a message for an answer.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(status|headers\.(content-type|request-id|anthropic-[\w-]+)|answer\.\w+)$/,
        cases: /^anthropic fault: no finish reason$/,
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
      { at: OTHER_ANSWER, cases: /^anthropic (whole|stream): no limit$/ },
      { at: /^provider\[0\]\.body\.max_tokens$/, cases: /^anthropic (whole|stream): no limit$/ },
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
      { at: OTHER_DOCUMENT, cases: /^anthropic request: out of bounds temperature$/ },
      {
        at: /^provider\[0\]\.body\.temperature$/,
        cases: /^anthropic request: out of bounds temperature$/,
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
      { at: OTHER_DOCUMENT, cases: /^anthropic request: nulls that count$/ },
      {
        at: /^provider\[0\]\.body\.(temperature|metadata)$/,
        cases: /^anthropic request: nulls that count$/,
      },
    ],
  },
  {
    id: 'anthropic.refused_early',
    legacy: 'Passes a message of a role that Anthropic does not know on, which it answers with a 400.',
    ours: 'Answers the 400 itself, naming the field, for that and for a choice of a tool that names none.',
    why: 'Under `portkey` the provider’s own words are kept.',
    clientsMayRely: false,
    reproduced: 'portkey',
    explains: [
      { at: REFUSED_BY_THE_GATEWAY, cases: /^anthropic error: refused role$/ },
      { at: /^provider\[0\]$/, cases: /^anthropic request: tool choice without a function$/ },
    ],
  },
];

/** Differences at Anthropic; the losses first, as the narrower ones. */
export const ANTHROPIC_QUIRKS: readonly Quirk[] = [...ANTHROPIC_LOSSES, ...ANTHROPIC_WAYS];
