import { GOOGLE_LOSSES } from './google-losses.ts';
import type { Quirk } from './quirk.ts';

const CHAT = /^google (whole|stream|request): /;
/** A stream's events one by one: what a client makes of them together is compared apart, as `assembled`. */
const EVENT_BY_EVENT = /^events\[\d+\]/;
/** What is answered to another request, or by the gateway itself. */
const OTHER_ANSWER = /^(status|outcome|headers\.content-type|answer|events|assembled)/;

/** Where legacy differs from OpenAI's semantics at Gemini in ways that a client may live by. */
const GOOGLE_WAYS: readonly Quirk[] = [
  {
    id: 'google.dropped_fields',
    legacy:
      'Sends Google only the fields it knows: no `n`, penalties, `web_search_options`, `service_tier`, `functions` or `parallel_tool_calls`, no part of a kind it does not know, and nothing that OpenAI’s dialect lacks.',
    ours: 'Translates what Gemini has something for, passes on what OpenAI’s dialect does not know, and refuses with a 400 that names the field what would change the answer.',
    why: 'A client that sends them has been served all along. The names are logged.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(provider\[0\]\.body\.generationConfig|answer\.choices\[1\]|answer\.usage\.(completion|total)_tokens|assembled\.choices\.1)$/,
        cases: /^google (whole|stream): two choices$/,
      },
      { at: /^provider\[0\]\.body\.generationConfig$/, cases: /^google (whole|stream): penalties$/ },
      { at: /^provider\[0\]\.body\.tools$/, cases: /^google (whole|stream): web search$/ },
      {
        at: /^provider\[0\]\.body\.serviceTier$/,
        cases: /^google (whole|stream): user, metadata, tier, cache key$/,
      },
      { at: OTHER_ANSWER, cases: /^google (whole|stream): (parallel_tool_calls|legacy functions)$/ },
      { at: /^provider\[0\]$/, cases: /^google (whole|stream): (parallel_tool_calls|legacy functions)$/ },
      { at: OTHER_ANSWER, cases: /^google request: (unknown field|unknown part|too many choices)/ },
      {
        at: /^(status|outcome|headers|answer|provider\[0\]$)/,
        cases: /^google request: unknown part$/,
      },
      {
        at: /^provider\[0\]\.body\.(vendor_extra|generationConfig)$/,
        cases: /^google request: (unknown field|too many choices)/,
      },
    ],
  },
  {
    id: 'google.dropped_embedding_fields',
    legacy: 'Asks for no number of dimensions, and answers with numbers where base64 was asked for.',
    ours: 'Does as it is asked.',
    why: 'A store that was filled behind Portkey holds vectors of Gemini’s own length.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: /^answer\.data\[0\]\.embedding$/, cases: /^google embeddings: (fewer dimensions|base64, user)$/ },
      { at: /^provider\[0\]\.body\.outputDimensionality$/, cases: /^google embeddings: fewer dimensions$/ },
    ],
  },
  {
    id: 'google.uncounted_embeddings',
    legacy: 'Says that each request for embeddings took -1 tokens.',
    ours: 'Says what Gemini counted, and 0 where it counts none.',
    why: 'A client may know by it that there is no count. The ledger has the right one under either.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^answer\.usage\.(prompt|total)_tokens$/, cases: /^google embeddings: / }],
  },
  {
    id: 'google.unchecked_requests',
    legacy:
      'Sends Google roles it does not know, asks for calls where there is nothing to call, and embeds whatever it is given; Google answers 400.',
    ours: 'Answers 400 itself, and names the field.',
    why: 'Clients may match on the text of Google’s refusal.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(answer\.(error\.(message|type|param|code)|provider)|provider\[0\])$/,
        cases: /^google error: (refused role|forced call without tools|embeddings of (tokens|nothing))$/,
      },
    ],
  },
  {
    id: 'google.refused_requests',
    legacy:
      'Sends what Google answers 400 to: a thinking level for a model that has none, a choice of tools without tools, instructions alone, a turn without content.',
    ours: 'Sends what is meant in a form that Google takes: a number of tokens, no choice, a turn of the user, no turn.',
    why: 'Clients of Portkey have learnt to leave it out; some may count on the 400.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(status|outcome|headers\.content-type|answer\.\w+)$/,
        cases:
          /^google error: (reasoning effort for a model without levels|tool choice without tools|null content in history|system alone)$/,
      },
      {
        at: /^provider\[0\]\.body\.generationConfig\.thinkingConfig\./,
        cases: /^google error: reasoning effort for a model without levels$/,
      },
      { at: /^provider\[0\]\.body\.tool_config$/, cases: /^google error: tool choice without tools$/ },
      {
        at: /^provider\[0\]\.body\.(contents\[\d+\](\.parts\[1\])?|systemInstruction)$/,
        cases: /^google error: (null content in history|system alone)$/,
      },
    ],
  },
  {
    id: 'google.empty_turns',
    legacy: 'Sends a turn of an empty text as one.',
    ours: 'Leaves it out, and joins what stands on either side of it.',
    why: 'The model sees another conversation, and counts other tokens.',
    clientsMayRely: false,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(provider\[0\]\.body\.contents\[\d+\](\.parts\[1\])?|answer\.choices\[0\]\.message\.content|answer\.usage\.\w+_tokens|assembled\.choices\.0\.content)$/,
        cases: /^google (whole|stream): empty content in history$/,
      },
    ],
  },
  {
    id: 'google.no_reasoning_effort',
    legacy: 'Takes `reasoning_effort: "none"` for nothing said, and a model that thinks by default thinks.',
    ours: 'Turns thinking off.',
    why: 'Answers without thoughts are other answers.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^provider\[0\]\.body\.generationConfig\.thinkingConfig$/,
        cases: /^google (whole|stream): no reasoning effort$/,
      },
    ],
  },
  {
    id: 'google.request_form',
    legacy:
      'Sends the model beside its place in the address, a configuration and a list of tools that are empty, results of tools as turns of a role `function`, one stop sequence without a list, and what is to be thought and called in snake case.',
    ours: 'Leaves out what is empty, and sends what is left in the form that Google documents.',
    why: 'Google takes both alike; the same bytes hit the same prompt cache.',
    clientsMayRely: false,
    reproduced: 'portkey',
    explains: [
      { at: /^provider\[0\]\.body\.model$/, cases: /^google / },
      {
        at: /^provider\[0\]\.body\.(generationConfig|tools)$/,
        cases: /^google (whole|stream): (plain text format|nulls)$/,
      },
      {
        at: /^provider\[0\]\.body\.contents\[2\]\.role$/,
        cases:
          /^google ((whole|stream): (tool results|named tool results in parts|text beside a past tool call)|request: signed past tool call|error: half answered tool calls)$/,
      },
      {
        at: /^provider\[0\]\.body\.generationConfig\.stopSequences$/,
        cases: /^google (whole|stream): stop sequence$/,
      },
      {
        at: /^provider\[0\]\.body\.generationConfig\.(thinking_config|thinkingConfig)$/,
        cases: /^google (whole|stream): thinking( disabled)?$/,
      },
      {
        at: /^provider\[0\]\.body\.(tool_config|toolConfig)$/,
        cases: /^google (whole|stream): (tool choice|strict tool)/,
      },
    ],
  },
  {
    id: 'google.schemas',
    legacy:
      'Puts schemas into OpenAPI’s words, with definitions in place and null as `nullable`, and drops what closes objects.',
    ours: 'Sends JSON Schema as the client wrote it, in the fields that Google has for it.',
    why: 'Gemini may hold its answers to the one in another way than to the other.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^provider\[0\]\.body\.tools\[0\]\.functionDeclarations\[\d+\]\.(parameters|parametersJsonSchema)$/,
        cases: /^google (whole|stream|error|request): /,
      },
      {
        at: /^provider\[0\]\.body\.generationConfig\.(responseSchema|responseJsonSchema)$/,
        cases: /^google (whole|stream): JSON schema/,
      },
    ],
  },
  {
    id: 'google.unnamed_results',
    legacy:
      'Names the function of a result by the message’s `name`, or else `gateway-tool-filler-name`, sends no ids, and a result in parts as the list of them.',
    ours: 'Names the function that was called, by the call’s id, which it sends, too, and a result in parts as its text.',
    why: 'The model sees another result.',
    clientsMayRely: false,
    reproduced: 'portkey',
    explains: [
      {
        at: /^provider\[0\]\.body\.contents\[\d+\]\.parts\[\d+\]\.(functionCall\.id|functionResponse\.(id|name))$/,
        cases:
          /^google ((whole|stream): (tool results|named tool results in parts|text beside a past tool call)|request: signed past tool call|error: (unanswered tool call|half answered tool calls))$/,
      },
      {
        at: /^(provider\[0\]\.body\.contents\[2\]\.parts\[0\]\.functionResponse\.response\.output|answer\.choices\[0\]\.message\.content|assembled\.choices\.0\.content)$/,
        cases: /^google (whole|stream): named tool results in parts$/,
      },
    ],
  },
  {
    id: 'google.tools_by_name',
    legacy:
      'Takes functions of certain names, such as `google_search`, for the tools that Google runs itself.',
    ours: 'Takes a function for the client’s own, whatever its name, and Google’s tools as `{"googleSearch": {}}` or `web_search_options`.',
    why: 'It is how clients of Portkey ask for them.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^provider\[0\]\.body\.tools\[0\]\.(googleSearch|functionDeclarations)$/,
        cases: /^google (whole|stream): Google search$/,
      },
    ],
  },
  {
    id: 'google.empty_stop',
    legacy: 'Calls an end without an answer `stop`, such as Gemini’s `MALFORMED_FUNCTION_CALL`.',
    ours: 'Asks again, and answers 502 where the model fails each time.',
    why: 'A client may take an empty answer for an answer.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(status|outcome|headers\.content-type|answer|events|assembled|provider\[[12]\]$)/,
        cases: /^google (whole|stream): malformed tool call$/,
      },
    ],
  },
  {
    id: 'google.unsaid_end_of_document',
    legacy: 'Calls an answer that does not say why it ended `stop`.',
    ours: 'Asks again, and answers 502 where that does not help.',
    why: 'A client may take half an answer for a whole one.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(status|headers\.content-type|answer\.\w+|provider\[[12]\])$/,
        cases: /^google fault: no finish reason$/,
      },
    ],
  },
  {
    id: 'google.finish_reasons',
    legacy: 'Calls an end with tool calls `stop`, and a recitation, too.',
    ours: 'Calls them `tool_calls` and `content_filter`.',
    why: 'Clients may look for calls whatever the reason says, and treat every one but `stop` as a failure.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(answer\.choices\[0\]\.finish_reason|assembled\.choices\.0\.finishReason)$/,
        cases:
          /^google (whole|stream): ((parallel |signed )?tool call|tool choice (required|by name)|strict tool|recitation)/,
      },
    ],
  },
  {
    id: 'google.provider_field',
    legacy: 'Adds `provider: "google"` to every document.',
    ours: 'Has OpenAI’s fields alone.',
    why: 'Clients may read it.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^answer\.provider$/, cases: CHAT }],
  },
  {
    id: 'google.ids',
    legacy: 'Makes up the ids of answers and calls, as `portkey-…`.',
    ours: 'Has Google’s own, and makes up a call’s in OpenAI’s form, `call_…`, where Google gives none.',
    why: 'Clients may know by the id who answered.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: /^answer\.id$/, cases: CHAT },
      {
        at: /^(answer\.choices\[0\]\.message\.tool_calls\[\d+\]|assembled\.choices\.0\.calls\.\d+)\.id$/,
        cases:
          /^google (whole|stream): ((parallel |signed )?tool call|tool choice (required|by name)|strict tool)/,
      },
    ],
  },
  {
    id: 'google.message_form',
    legacy: 'Leaves `content` out where there is no text, and `refusal` and unasked `logprobs` always.',
    ours: 'Writes `content: null` beside tool calls, else `""`, `refusal: null` and `logprobs: null`, as OpenAI does.',
    why: 'Clients may ask whether the fields are there.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: /^answer\.choices\[0\]\.(message\.refusal|logprobs|logprobs\.refusal)$/, cases: CHAT },
      {
        at: /^answer\.choices\[0\]\.message\.content$/,
        cases:
          /^google whole: (empty text|content without parts|content filter|recitation|prohibited content|thinking that used up the tokens|((parallel )?tool calls?|parallel tool calls in one event|tool call (without|with empty) arguments|tool call behind a thought in one event|signed tool call|tool choice (required|by name)|strict tool))$/,
      },
    ],
  },
  {
    id: 'google.usage',
    legacy:
      'Counts the completion without thoughts, the prompt without what Google’s own tools read, tokens of sound apart, and sends the usage with each chunk of a stream from the first text on.',
    ours: 'Counts thoughts and what was read in, and sends a stream’s usage where it was asked for, at its end.',
    why: 'Clients may add the counts up by these definitions. The ledger has the right ones under either.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      { at: /^answer\.usage\.(prompt|completion)_tokens_details\.audio_tokens$/, cases: CHAT },
      {
        at: /^answer\.usage\.completion_tokens$/,
        cases:
          /^google whole: (signed tool call|tool call behind a thought|reasoning|thinking|content without parts)/,
      },
      { at: /^answer\.usage\.prompt_tokens$/, cases: /^google whole: cached and tool tokens$/ },
      {
        at: /^assembled\.usage$/,
        cases:
          /^google (stream: |fault: (cut stream|error amid stream|broken event|no finish reason in a stream))/,
      },
      {
        at: /^assembled\.usage\.prompt_tokens_details\.(audio|cached)_tokens$/,
        cases: /^google stream: usage asked for$/,
      },
    ],
  },
  {
    id: 'google.no_thinking',
    legacy: 'Leaves out what the model thought, in its strict mode, which is the default.',
    ours: 'Gives it as `reasoning_content`.',
    why: 'A client that never saw thoughts may show them to its users as part of the answer.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^(answer\.choices\[0\]\.message\.reasoning_content|assembled\.choices\.0\.reasoning)$/,
        cases: /^google (whole|stream): (signed tool call|tool call behind a thought|reasoning|thinking)/,
      },
    ],
  },
  {
    id: 'google.drafts',
    legacy: 'Streams images that the model drew as it thought like those of the answer.',
    ours: 'Gives them under `provider_specific_fields`, apart from the answer’s.',
    why: 'A client may show every image that comes.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^events\[\d\]\.data\.choices\[0\]\.delta\.(content_blocks|provider_specific_fields|images)$/,
        cases: /^google stream: draft of an image$/,
      },
    ],
  },
  {
    id: 'google.no_metadata',
    legacy:
      'Leaves out, in its strict mode, what an answer is grounded on, the code that Google ran, and how it was rated where it was withheld.',
    ours: 'Gives sources as `annotations`, and the rest under `provider_specific_fields`.',
    why: 'They are fields that clients of Portkey never had.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: /^answer\.choices\[0\]\.message\.(annotations|provider_specific_fields)$/,
        cases:
          /^google whole: (Google search|web search|grounding|draft of an image|code run by the provider|content filter)/,
      },
    ],
  },
  {
    id: 'google.chunks',
    legacy:
      'Gives a stream an id of the time of day, and writes a chunk for each of Google’s events, with the role in each, an empty text where the event has none that Portkey knows, drawn images in `content_blocks`, and `provider`.',
    ours: 'Gives it Google’s id, and writes a chunk for each thing a client can use: the role once, images in `images`, the finish reason and the usage in chunks of their own.',
    why: 'Clients may count on the usage in the last chunk, or on the order.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [
      {
        at: EVENT_BY_EVENT,
        cases:
          /^google (stream: |fault: (cut stream|error amid stream|broken event|no finish reason in a stream))/,
      },
    ],
  },
  {
    id: 'google.error_form',
    legacy:
      'Puts `google error: ` in front of the message of an error, has Google’s status and number for type and code, and adds `provider: "google"`.',
    ours: 'Passes the message on, with OpenAI’s words for type and code.',
    why: 'Clients may match on them.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^answer\.(error\.(message|type|code)|provider)$/, cases: /^google error: / }],
  },
];

/** Differences at Gemini; the losses first, as the narrower ones. */
export const GOOGLE_QUIRKS: readonly Quirk[] = [...GOOGLE_LOSSES, ...GOOGLE_WAYS];
