import type { Quirk } from './quirk.ts';

/** Where legacy loses data, lies, or does what is nobody's business at Gemini: never reproduced. */
export const GOOGLE_LOSSES: readonly Quirk[] = [
  {
    id: 'google.key_in_address',
    legacy: 'Sends the account’s key in the address, as `?key=`.',
    ours: 'Sends it as `x-goog-api-key`, as Google’s SDK does, which names itself in `x-goog-api-client`.',
    why: 'Addresses stand in the logs of everything on the way; Google takes the key from either.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: /^provider\[0\]\.(query\.key|headers\.x-goog-api-(key|client))$/, cases: /^google / }],
  },
  {
    id: 'google.array_stream',
    legacy: 'Asks for a stream as one JSON array.',
    ours: 'Asks for server-sent events, `?alt=sse`.',
    why: 'Google says the same in either; of an array an event’s end shows only once the next one begins.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [
      {
        at: /^provider\[0\]\.query\.alt$/,
        cases: /^google (stream|error: (refused|429) for a stream|fault: (?!(broken|cut) document))/,
      },
    ],
  },
  {
    id: 'google.lost_messages',
    legacy:
      'Sends of all instructions the first text of the first message, of a turn with tool calls nothing that was said beside them, no `file` parts, none of a type it does not know, and no image whose address stands where its object should.',
    ours: 'Sends them all, so that the model sees the conversation that the client sent, and refuses with a 400 that names the part what Gemini has nothing for.',
    why: 'It loses data: instructions, words and files vanish from the request, and nobody is told.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(provider\[0\]\.body\.systemInstruction(\.parts\[1\])?|(answer|assembled|events\[\d+\]\.data)\.usage\.(prompt|total)_tokens)$/,
        cases: /^google (whole|stream): (several (system messages|parts of a system message)|system later)$/,
      },
      {
        at: /^(provider\[0\]\.body\.contents\[1\]\.parts\[[01]\](\.text|\.functionCall)?|(answer|assembled|events\[\d+\]\.data)\.usage\.(prompt|total)_tokens)$/,
        cases: /^google (whole|stream): text beside a past tool call$/,
      },
      {
        at: /^provider\[0\]\.body\.contents\[0\]\.parts\[1\]$/,
        cases: /^google ((whole|stream): PDF|request: image without an object)$/,
      },
    ],
  },
  {
    id: 'google.garbled_media',
    legacy:
      'Sends no media type where an address has a query behind its extension, nor for audio of a format that it does not know, and takes what stands before `;base64,` of a data URL for its type, be it parameters or, where there is no base64, the data.',
    ours: 'Sends the type, and the data in base64.',
    why: 'It garbles data: Google cannot read the part, or takes it for something else.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^provider\[0\]\.body\.contents\[0\]\.parts\[1\]\.(fileData\.mimeType|inlineData\.(mimeType|data))$/,
        cases:
          /^google request: (image by an address with a query|image in a data URL|audio of another kind)/,
      },
    ],
  },
  {
    id: 'google.past_arguments',
    legacy:
      'Answers 500 `Something went wrong` where a past tool call comes without arguments, as it gives them itself.',
    ours: 'Takes none for `{}`.',
    why: 'It loses a conversation: it cannot go on from a call that legacy itself has written.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(status|outcome|answer\.\w+|provider\[0\])$/,
        cases: /^google request: past call without arguments$/,
      },
    ],
  },
  {
    id: 'google.needs_usage',
    legacy: 'Answers 500 `Something went wrong` to an answer without usage that is not streamed.',
    ours: 'Answers without usage.',
    why: 'It loses data: an answer that is there.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [{ at: /^(status|outcome|answer\.\w+)$/, cases: /^google whole: no usage$/ }],
  },
  {
    id: 'google.blocked_prompt',
    legacy:
      'Answers 200 where Google blocked the prompt: with an error in the document, or with a stream of one chunk without choices.',
    ours: 'Answers 400 with the code `content_filter`.',
    why: 'It lies: nothing was answered, and the status says that something was.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [
      {
        at: /^(status|outcome|headers\.content-type|answer|events|assembled)/,
        cases: /^google (whole|stream): (blocked|prohibited) prompt$/,
      },
    ],
  },
  {
    id: 'google.empty_arguments',
    legacy: 'Gives a call for which Gemini sends no arguments none either: `arguments` is absent.',
    ours: 'Gives `{}`.',
    why: 'It garbles a tool call: clients parse the arguments and fail.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^((answer\.choices\[0\]\.message|events\[0\]\.data\.choices\[0\]\.delta)\.tool_calls\[0\]\.function|assembled\.choices\.0\.calls\.0)\.arguments$/,
        cases: /^google (whole|stream): tool call without arguments$/,
      },
    ],
  },
  {
    id: 'google.lost_signatures',
    legacy: 'Leaves out the signature of a tool call, in its strict mode, which is the default.',
    ours: 'Gives it in the call’s `extra_content`, as Google’s own endpoint of OpenAI’s dialect does, and takes it back from there.',
    why: 'It loses data: Gemini 3 refuses the next turn where the signature does not come back.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(answer\.choices\[0\]\.message|events\[1\]\.data\.choices\[0\]\.delta)\.tool_calls\[0\]\.extra_content$/,
        cases: /^google (whole|stream): (signed tool call|tool call behind a thought in one event)$/,
      },
      {
        at: /^provider\[0\]\.body\.contents\[1\]\.parts\[0\]\.thoughtSignature$/,
        cases: /^google request: signed past tool call$/,
      },
    ],
  },
  {
    id: 'google.calls_on_one_index',
    legacy: 'Counts a stream’s tool calls from 0 in each event anew.',
    ours: 'Counts them over the whole stream.',
    why: 'It garbles tool calls: parallel ones come in events of their own, and clients put them together by their index into one.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(events\[\d+\]\.data\.choices\[0\]\.delta\.tool_calls\[0\]\.index|assembled\.choices\.0\.calls\.(0\.arguments|1))$/,
        cases: /^google stream: (parallel tool calls|signed tool call)$/,
      },
    ],
  },
  {
    id: 'google.first_part_alone',
    legacy:
      'Streams of an event what is of the kind of its first part alone: behind text or a thought no call and no image, behind code no text.',
    ours: 'Streams all of it.',
    why: 'It loses data: calls, images, text.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(events\[0\]\.data\.choices\[0\]\.delta\.tool_calls|assembled\.choices\.0\.calls\.0)$/,
        cases: /^google stream: tool call behind (text|a thought) in one event$/,
      },
      {
        // Beside a call alone there is no text, where legacy has an empty one for the thought.
        at: /^events\[0\]\.data\.choices\[0\]\.delta\.content$/,
        cases: /^google stream: tool call behind a thought in one event$/,
      },
      {
        at: /^events\[0\]\.data\.choices\[0\]\.delta\.content_blocks$/,
        cases: /^google stream: drawn image behind text in one event$/,
      },
      {
        at: /^(events\[0\]\.data\.choices\[0\]\.delta\.content|assembled\.choices\.0\.content)$/,
        cases: /^google stream: code run by the provider in one event$/,
      },
    ],
  },
  {
    id: 'google.lost_images',
    legacy: 'Leaves drawn images out of an answer that is not streamed, in its strict mode.',
    ours: 'Gives them: in `content_blocks` under `compat: portkey`, where Portkey’s streams have them, else in `images`.',
    why: 'It loses data: what was asked for, and paid.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^answer\.choices\[0\]\.message\.(content_blocks|images)$/,
        cases: /^google whole: (drawn image|draft of an image)/,
      },
    ],
  },
  {
    id: 'google.lost_logprobs',
    legacy: 'Leaves log probabilities out of streams.',
    ours: 'Streams them.',
    why: 'It loses data that the client asked for.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^events\[\d+\]\.data\.choices\[0\]\.logprobs$/,
        cases: /^google stream: log probabilities/,
      },
    ],
  },
  {
    id: 'google.utf16_as_bytes',
    legacy: 'Gives as `bytes` of a token its UTF-16 units, and of a pair of them the first.',
    ours: 'Gives its bytes in UTF-8.',
    why: 'It lies: clients that put text together from bytes get another one, or none.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [
      {
        at: /^answer\.choices\[0\]\.logprobs\.content\[\d+\]\.(top_logprobs\[0\]\.)?bytes$/,
        cases: /^google whole: log probabilities, not ASCII$/,
      },
    ],
  },
  {
    id: 'google.cut_without_parts',
    legacy:
      'Ends a stream, as if complete, at an event whose content has no parts, as there are where an answer is withheld or thoughts used up its tokens.',
    ours: 'Streams the finish reason.',
    why: 'It loses data: why nothing came.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^(events\[\d+\]|assembled|outcome)$/,
        cases: /^google stream: (content without parts|content filter|recitation|prohibited content)$/,
      },
      {
        at: /^(events\[5\]|assembled\.choices\.0\.finishReason|outcome)$/,
        cases: /^google stream: thinking that used up the tokens$/,
      },
    ],
  },
  {
    id: 'google.unsaid_end',
    legacy:
      'Counts a document that does not say why it ended as a success, and ends such a stream as if it were complete.',
    ours: 'Counts it as a fault of the provider’s, and ends the stream with an error event.',
    why: 'It lies: nobody has said that the answer is complete.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [
      { at: /^outcome$/, cases: /^google fault: no finish reason$/ },
      { at: /^events\[1\]$/, cases: /^google fault: no finish reason in a stream$/ },
    ],
  },
  {
    id: 'google.no_done',
    legacy: 'Sends no `[DONE]`.',
    ours: 'Sends it behind a finished stream.',
    why: 'It lies: a complete answer looks like one that was cut, and clients that wait for its end hang.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [{ at: /^(events\[\d+\]|assembled\.isDone)$/, cases: /^google stream: / }],
  },
  {
    id: 'google.errors_in_a_list',
    legacy:
      'Answers `Invalid response received from google: [{"error"…` where Google refuses a request for a stream, without type and code.',
    ours: 'Reads the error that is in the list, and answers as to any other.',
    why: 'It loses data: nothing a client could act on is left but the status.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^answer\.error\.(message|type|code)$/,
        cases: /^google error: (refused|429) for a stream$/,
      },
    ],
  },
  {
    id: 'google.errors_lost_in_streams',
    legacy: 'Makes a chunk without choices of an error in a stream.',
    ours: 'Ends the stream with an error event that has the message, and answers 502 where nothing was sent yet.',
    why: 'It loses data: nobody learns that there was an error.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      { at: /^events\[3\](\.|$)/, cases: /^google fault: error amid stream$/ },
      { at: /^(status|outcome|answer|events|assembled|headers)/, cases: /^google fault: error first/ },
    ],
  },
  {
    id: 'google.cut_at_broken_event',
    legacy: 'Ends a stream, as if complete, at an event that is no JSON.',
    ours: 'Ends it with an error event.',
    why: 'It loses data: half an answer is taken for a whole one.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [{ at: /^events\[[12]\]$/, cases: /^google fault: broken event amid stream$/ }],
  },
  {
    id: 'google.event_before_a_cut',
    legacy: 'Holds each event back until the next one begins, and drops it where the provider breaks off.',
    ours: 'Passes it on once it is there.',
    why: 'It loses data: text that had come.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^assembled\.(choices\.0\.content|usage\.(completion|total)_tokens)$/,
        cases: /^google fault: cut stream$/,
      },
    ],
  },
  {
    id: 'google.one_embedding',
    legacy: 'Makes one content of several texts, and gives one embedding for all of them.',
    ours: 'Gives one for each.',
    why: 'It lies: the first text gets the embedding of all, and the others are lost.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [
      {
        at: /^(answer\.data\[(0\]\.embedding|\d+\])|provider\[0\]\.(path|body\.(content|model|requests)))$/,
        cases: /^google embeddings: several texts$/,
      },
    ],
  },
  {
    id: 'google.content_type',
    legacy: 'Passes Google’s content types on: JSON with `charset=UTF-8`, streams without a charset.',
    ours: 'Calls JSON `application/json`, and streams `text/event-stream; charset=utf-8`, as OpenAI does.',
    why: 'Both are UTF-8 whatever the header says.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [
      {
        at: /^headers\.content-type$/,
        cases:
          /^google (whole|stream|request|error|embeddings|fault: (cut stream|error amid stream|broken event|no finish reason))/,
      },
    ],
  },
];
