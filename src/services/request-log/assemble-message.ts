import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../core/json.ts';

/** Each kind of piece of Anthropic's streams, with the field of its block that it adds to. */
const PIECES: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
  input_json_delta: 'partial_json',
};

type OpenBlock = Record<string, JsonValue | undefined>;

/** Puts a stream of Anthropic's together into its message; undefined where it is none. */
export function assembleMessage(events: readonly JsonObject[]): JsonObject | undefined {
  const message = events.find(({ type }) => type === 'message_start')?.message;
  if (!isJsonObject(message)) return undefined;
  const blocks = new Map<number, OpenBlock>();
  let ended: JsonObject = {};
  for (const event of events) {
    addToBlock(blocks, event);
    if (event.type === 'message_delta') ended = endOf(event, ended);
  }
  return { ...message, ...ended, content: [...blocks.values()].map(closed) };
}

function addToBlock(blocks: Map<number, OpenBlock>, { type, index, content_block, delta }: JsonObject): void {
  if (typeof index !== 'number') return;
  if (type === 'content_block_start' && isJsonObject(content_block)) blocks.set(index, { ...content_block });
  const block = blocks.get(index);
  if (type !== 'content_block_delta' || block === undefined || !isJsonObject(delta)) return;
  const field = PIECES[String(delta.type)];
  if (field === undefined) return;
  const piece = delta[field];
  if (typeof piece === 'string') block[field] = `${block[field] ?? ''}${piece}`;
}

function endOf({ delta, usage }: JsonObject, earlier: JsonObject): JsonObject {
  return { ...earlier, ...(isJsonObject(delta) ? delta : {}), usage: usage ?? earlier.usage };
}

/** The input of a tool came as pieces of JSON. */
function closed({ partial_json, ...block }: OpenBlock): JsonObject {
  if (typeof partial_json !== 'string') return block;
  const input = parseJson(partial_json);
  return { ...block, input: isJsonObject(input) ? input : partial_json };
}
