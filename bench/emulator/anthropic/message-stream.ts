import type { StreamEvent } from '../dialect.ts';
import { splitWords } from '../words.ts';
import { type MessageHead, toContent } from './message-document.ts';
import type { AnswerBlock, MessagesAnswer } from './messages-answer.ts';

const WORDS_A_PIECE = 3;
const CHARACTERS_A_PIECE = 8;

/** The events of a streamed answer: its head, each block from start to stop, then why it ended. */
export function messageStream(
  head: MessageHead,
  answer: MessagesAnswer,
  withUsage: boolean,
): { content: StreamEvent[]; closing: StreamEvent[] } {
  const { usage } = answer;
  const message = {
    model: head.model,
    id: head.id,
    type: 'message',
    role: 'assistant',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...(withUsage ? { usage: { ...usage, output_tokens: 1 } } : {}),
  };
  const blocks = answer.blocks.map((block, index) => blockEvents(block, index));
  const first = blocks.map((events, index) =>
    index === 0 ? [events[0], event('ping', {}), ...events.slice(1)] : events,
  );
  const delta = { stop_reason: answer.stopReason, stop_sequence: answer.stopSequence };
  return {
    content: [event('message_start', { message }), ...first.flat().filter((each) => each !== undefined)],
    closing: [
      event('message_delta', {
        delta,
        ...(withUsage ? { usage: { output_tokens: usage.output_tokens } } : {}),
      }),
      event('message_stop', {}),
    ],
  };
}

function blockEvents(block: AnswerBlock, index: number): StreamEvent[] {
  const delta = (given: object) => event('content_block_delta', { index, delta: given });
  return [
    event('content_block_start', { index, content_block: emptyBlock(block) }),
    ...deltasOf(block).map(delta),
    event('content_block_stop', { index }),
  ];
}

function emptyBlock(block: AnswerBlock): object {
  if (block.type === 'text') return { type: 'text', text: '' };
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return 'json' in block ? { ...toContent({ ...block, json: '' }) } : block;
}

function deltasOf(block: AnswerBlock): object[] {
  switch (block.type) {
    case 'text':
      return pieces(block.text).map((text) => ({ type: 'text_delta', text }));
    case 'thinking':
      return [
        ...pieces(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block.signature },
      ];
    case 'tool_use':
    case 'server_tool_use':
      // The first piece is always empty.
      return ['', ...slices(block.json)].map((partial_json) => ({ type: 'input_json_delta', partial_json }));
    default:
      return [];
  }
}

function pieces(text: string): string[] {
  const words = splitWords(text);
  return Array.from({ length: Math.ceil(words.length / WORDS_A_PIECE) }, (_, index) =>
    words.slice(index * WORDS_A_PIECE, (index + 1) * WORDS_A_PIECE).join(''),
  );
}

function slices(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / CHARACTERS_A_PIECE) }, (_, index) =>
    text.slice(index * CHARACTERS_A_PIECE, (index + 1) * CHARACTERS_A_PIECE),
  );
}

function event(type: string, fields: object): StreamEvent {
  return { event: type, data: JSON.stringify({ type, ...fields }) };
}
