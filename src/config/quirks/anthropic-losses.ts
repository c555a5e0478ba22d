import type { Quirk } from './quirk.ts';

/** Where legacy loses data, lies, or does what is nobody's business at Anthropic: never reproduced. */
export const ANTHROPIC_LOSSES: readonly Quirk[] = [
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
        at: /^(events\[\d+\]|assembled|outcome)$/,
        cases: /^anthropic stream: CRLF line ends$/,
      },
      {
        at: /^(events\[\d+\]|assembled\.(choices\.0\.(content|finishReason)|usage|isDone)|outcome)$/,
        cases: /^anthropic stream: comments between events$/,
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
        at: /^(status|outcome|headers\.(content-type|request-id|anthropic-[\w-]+)|answer\.\w+)$/,
        cases: /^anthropic whole: no usage$/,
      },
      {
        at: /^(events\[\d\]\.data\.(model|choices\[0\]\.(delta\.(content|role)|logprobs|finish_reason))|assembled\.choices\.0\.(role|finishReason)|outcome)$/,
        cases: /^anthropic stream: no usage$/,
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
        at: /^(events\[(3\]\.data\.(usage|choices\[0\]\.(delta\.tool_calls|finish_reason|logprobs))|4\]\.data|5\])|assembled\.choices\.0\.calls\.0\.arguments)$/,
        cases: /^anthropic stream: tool call without arguments$/,
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
        at: /^(events\[[2-5]\]\.data\.choices\[0\]\.delta\.tool_calls|assembled\.choices\.0\.calls\.-1)$/,
        cases: /^anthropic stream: search by the provider$/,
      },
    ],
  },
  {
    id: 'anthropic.lost_parts',
    legacy:
      'Leaves out pictures and documents whose data URL has a parameter or is not in base64, files that are named by an id, and parts without what belongs in them.',
    ours: 'Passes them on.',
    why: 'It loses data: the model answers without having seen the picture.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'loses data',
    explains: [
      {
        at: /^provider\[0\]\.body\.messages\[0\]\.content\[1\]$/,
        cases: /^anthropic request: picture (with parameters|as text in its data URL)$/,
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
    id: 'anthropic.unsaid_end',
    legacy:
      'Counts a message that does not say why it ended as a success, and ends such a stream with `stop` and `[DONE]`.',
    ours: 'Counts it as a fault of the provider’s, and ends the stream with an error event.',
    why: 'It lies: nobody has said that the answer is complete.',
    clientsMayRely: false,
    reproduced: 'never',
    harm: 'lies',
    explains: [
      { at: /^outcome$/, cases: /^anthropic fault: no finish reason( in a stream)?$/ },
      {
        at: /^(events\[(3\](\.event|\.data\.\w+)?|4\])|assembled\.(choices\.0\.finishReason|usage|isDone))$/,
        cases: /^anthropic fault: no finish reason in a stream$/,
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
    explains: [
      {
        at: /^(events\[(4\](\.event|\.data\.\w+)|5\])|assembled\.(choices\.0\.finishReason|isDone))$/,
        cases: /^anthropic fault: error amid stream$/,
      },
    ],
  },
];
