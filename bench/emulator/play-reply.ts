import type { DialectAnswer, StreamReply, WholeReply } from './dialect.ts';
import type { Directive } from './directive.ts';
import type { Exchange } from './exchange.ts';
import { writeStreamScript } from './stream-script.ts';

/** Delays in milliseconds for streams whose directive does not set them. */
export interface Pace {
  firstEventDelayMs: number;
  eventDelayMs: number;
}

/**
 * Sends a reply as its directive wants it: late, broken, cut, in pieces, or plainly. Stops when the client
 * goes away. Without delays and faults everything is written at once.
 */
export async function playReply(exchange: Exchange, answer: DialectAnswer, pace: Pace): Promise<void> {
  const { reply, directive = {} } = answer;
  if (directive.delayMs) await exchange.wait(directive.delayMs);
  if (exchange.isOver || directive.hang === 'before_headers') return;
  if (reply.kind === 'whole') await playWhole(exchange, reply, directive);
  else await playStream(exchange, reply, directive, pace);
}

async function playWhole(exchange: Exchange, reply: WholeReply, directive: Directive): Promise<void> {
  const { response } = exchange;
  const body = directive.badJson ? half(reply.body) : reply.body;
  response.writeHead(reply.status, [...reply.headers, 'content-length', Buffer.byteLength(body).toString()]);
  if (directive.cut === undefined && directive.hang === undefined) {
    response.end(body);
    return;
  }
  response.write(half(body));
  await exchange.flushed();
  if (directive.cut !== undefined) exchange.cut(directive.cut === 'reset' ? 'reset' : 'close');
}

async function playStream(
  exchange: Exchange,
  reply: StreamReply,
  directive: Directive,
  pace: Pace,
): Promise<void> {
  const { response } = exchange;
  const { frames, ending } = writeStreamScript(reply, directive);
  response.writeHead(reply.status, [...reply.headers]);
  await writeFrames(exchange, frames, directive, pace);
  if (exchange.isOver) return;
  if (ending === 'end') {
    response.end();
    return;
  }
  await exchange.flushed();
  if (ending === 'reset') exchange.cut('reset');
}

async function writeFrames(
  exchange: Exchange,
  frames: readonly string[],
  directive: Directive,
  pace: Pace,
): Promise<void> {
  const write = directive.splitBytes === undefined ? writeText : splitter(directive.splitBytes);
  let pause = directive.firstEventDelayMs ?? pace.firstEventDelayMs;
  if (pause > 0) exchange.response.flushHeaders();
  for (const [index, frame] of frames.entries()) {
    if (pause > 0) await exchange.wait(pause);
    if (exchange.isOver) return;
    const written = write(exchange, frame, index === frames.length - 1);
    if (written !== undefined) await written;
    pause = directive.eventDelayMs ?? pace.eventDelayMs;
  }
}

type WriteFrame = (exchange: Exchange, frame: string, isLast: boolean) => Promise<void> | undefined;

/** Waits only when the client reads more slowly than the stream is written. */
function writeText(exchange: Exchange, frame: string): Promise<void> | undefined {
  return exchange.response.write(frame) ? undefined : exchange.flushed();
}

/**
 * Writes pieces of exactly `size` bytes, whatever they cut apart: the rest of one event waits for the next
 * event, so that pieces also straddle events. Each piece is on its way before the next one is written.
 */
function splitter(size: number): WriteFrame {
  let held: Buffer = Buffer.alloc(0);
  return async (exchange, frame, isLast) => {
    held = Buffer.concat([held, Buffer.from(frame)]);
    while (!exchange.isOver && (held.length >= size || (isLast && held.length > 0))) {
      exchange.response.write(held.subarray(0, size));
      held = held.subarray(size);
      await exchange.flushed();
    }
  };
}

function half(body: string | Buffer): string | Buffer {
  const end = Math.ceil(body.length / 2);
  return typeof body === 'string' ? body.slice(0, end) : body.subarray(0, end);
}
