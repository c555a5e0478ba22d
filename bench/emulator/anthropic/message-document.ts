import type { AnswerBlock, MessagesAnswer } from './messages-answer.ts';

/** What the parts of one answer have in common. */
export interface MessageHead {
  id: string;
  model: string;
}

/** The message object of an answer that is not streamed. */
export function messageDocument(head: MessageHead, answer: MessagesAnswer, withUsage: boolean): object {
  return {
    model: head.model,
    id: head.id,
    type: 'message',
    role: 'assistant',
    content: answer.blocks.map(toContent),
    stop_reason: answer.stopReason,
    stop_sequence: answer.stopSequence,
    ...(withUsage ? { usage: answer.usage } : {}),
  };
}

/** A block as it stands in a whole message. */
export function toContent(block: AnswerBlock): object {
  if (!('json' in block)) return block;
  const { json, ...others } = block;
  return { ...others, input: parseInput(json) };
}

/** A model that gives no arguments gives an empty object; what is no JSON is a test's fault and shows as text. */
function parseInput(json: string): unknown {
  if (json === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    return { unparsed: json };
  }
}
