import { z } from 'zod';

const MARKER = '@emulate';

const milliseconds = z.number().min(0).max(600_000);

const DirectiveSchema = z.strictObject({
  /** Wait before the status line. */
  delayMs: milliseconds.optional(),
  /** Wait between the headers and the first event. */
  firstEventDelayMs: milliseconds.optional(),
  /** Wait between events. */
  eventDelayMs: milliseconds.optional(),
  /** Answer with this error; its body fits the status. */
  status: z.int().min(400).max(599).optional(),
  /** Value of the error's `retry-after` header. */
  retryAfter: z.number().min(0).optional(),
  /** Message of the error, also of one inside a stream. */
  errorMessage: z.string().optional(),
  /** The error is an HTML page, as a firewall sends it; status 403 unless told otherwise. */
  htmlError: z.boolean().optional(),
  /** The error has the shape of another provider of the dialect: xAI's, Cohere's or Mistral's. */
  errorShape: z.enum(['text', 'message', 'detail']).optional(),
  /** Never answer, or stop after `afterEvents` events (half of a whole body) and keep the connection. */
  hang: z.enum(['before_headers', 'mid_stream']).optional(),
  /**
   * End too early. A stream: after `afterEvents` events with a reset, or cleanly without what closes an
   * answer. A whole body: half way, with a reset or a plain close of the connection.
   */
  cut: z.enum(['reset', 'clean']).optional(),
  /** Where in a stream a fault strikes; half way through the content by default. */
  afterEvents: z.int().min(0).optional(),
  /** Half of the body, or one broken event more after `afterEvents` (by default one) sound ones. */
  badJson: z.boolean().optional(),
  /** A stream whose first event is an error. */
  errorFirstEvent: z.boolean().optional(),
  /** A stream that goes on with an error after `afterEvents` events. */
  errorMidStream: z.boolean().optional(),
  /** Leave out the end marker of a stream. */
  noDone: z.boolean().optional(),
  /** Say this. */
  text: z.string().optional(),
  /** Call these tools, as long as no result is in the history; `arguments` goes out as it is. */
  toolCalls: z.array(z.strictObject({ name: z.string().min(1), arguments: z.string() })).optional(),
  finishReason: z.string().min(1).optional(),
  /** Anthropic and Gemini: do not say why the answer ended. */
  noFinishReason: z.boolean().optional(),
  /** Think this first. */
  reasoning: z.string().optional(),
  /** False leaves the usage out. */
  usage: z.boolean().optional(),
  /** End the lines of a stream with CRLF, or not; where it is not said, as the provider does. */
  crlf: z.boolean().optional(),
  /** Put a comment between the events of a stream. */
  keepAliveComments: z.boolean().optional(),
  /** Write a stream in pieces of so many bytes. */
  splitBytes: z.int().min(1).optional(),
  /** Anthropic: think this as well, sealed. */
  redactedThinking: z.string().min(1).optional(),
  /** So many tokens came from the cache, and with Anthropic went to it. */
  cacheRead: z.int().min(0).optional(),
  cacheWrite: z.int().min(0).optional(),
  /** Search the web (Anthropic) or run code (Gemini) before the answer, which is no call of the client's tools. */
  serverTool: z.boolean().optional(),
  /** Gemini: block the prompt for this reason, in Google's words. */
  blockReason: z.string().min(1).optional(),
  /** Gemini: a content without parts, as when the thinking used up the tokens; ends with MAX_TOKENS by default. */
  emptyContent: z.boolean().optional(),
  /** Gemini: say that the answer is grounded in a web search. */
  grounding: z.boolean().optional(),
  /** Gemini: draw a picture behind the text. */
  image: z.boolean().optional(),
  /** Gemini: draw one amid the thoughts, before the text. */
  draftImage: z.boolean().optional(),
  /** Gemini: the results of server-side tools made the prompt longer by so many tokens. */
  toolUseTokens: z.int().min(0).optional(),
  /** Gemini: stream everything in one event. */
  singleEvent: z.boolean().optional(),
});

/**
 * What one request asks of the emulator. It travels in the text of the request, because a gateway
 * forwards no client headers. Delays are in milliseconds, `retryAfter` in seconds, `afterEvents` counts
 * server-sent events. An empty directive is a plain answer.
 */
export type Directive = z.infer<typeof DirectiveSchema>;

/** A directive that cannot be followed; the message says what is wrong with it. */
export class DirectiveError extends Error {}

/**
 * Takes `@emulate {json}` out of a text.
 *
 * @returns the directive, `undefined` when the text holds none, and the text without it, trimmed
 * @throws DirectiveError for JSON that does not parse and for unknown or ill-typed fields
 */
export function readDirective(text: string): { directive: Directive | undefined; rest: string } {
  const start = text.indexOf(MARKER);
  if (start === -1) return { directive: undefined, rest: text };
  const open = text.slice(start + MARKER.length).search(/\S/) + start + MARKER.length;
  const end = text[open] === '{' ? objectEnd(text, open) : undefined;
  if (end === undefined) throw new DirectiveError(`${MARKER} must be followed by a complete JSON object.`);
  const rest = `${text.slice(0, start).trimEnd()} ${text.slice(end).trimStart()}`.trim();
  return { directive: parseDirective(text.slice(open, end)), rest };
}

/**
 * @throws DirectiveError when the directive asks for a fault that only a stream can have: on a JSON answer
 * it would silently not happen, and a test would pass for nothing
 */
export function requireWholeAnswer(directive: Directive): void {
  if (directive.errorFirstEvent) throw new DirectiveError('errorFirstEvent needs a streamed request.');
  if (directive.errorMidStream) throw new DirectiveError('errorMidStream needs a streamed request.');
}

/** Index behind the brace that closes the object opened at `open`. */
function objectEnd(text: string, open: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let index = open; index < text.length; index++) {
    const character = text[index];
    if (inString && character === '\\') index++;
    else if (character === '"') inString = !inString;
    else if (!inString && character === '{') depth++;
    else if (!inString && character === '}' && --depth === 0) return index + 1;
  }
  return undefined;
}

function parseDirective(json: string): Directive {
  const parsed = DirectiveSchema.safeParse(parseJson(json));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => [...issue.path, issue.message].join(': '));
  throw new DirectiveError(`Invalid ${MARKER} directive: ${faults.join('; ')}.`);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DirectiveError(`Invalid ${MARKER} directive: bad JSON (${reason}).`, { cause });
  }
}
