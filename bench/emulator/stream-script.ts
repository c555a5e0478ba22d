import type { StreamEvent, StreamReply } from './dialect.ts';
import type { Directive } from './directive.ts';

/** The events a stream really sends, framed, and how it stops. */
export interface StreamScript {
  frames: readonly string[];
  ending: 'end' | 'hang' | 'reset';
}

/** Writes down what goes over the wire when a reply is streamed under a directive. */
export function writeStreamScript(reply: StreamReply, directive: Directive): StreamScript {
  const events = chooseEvents(reply, directive);
  const ending = chooseEnding(directive);
  if (reply.framing !== 'json-array') {
    const crlf = directive.crlf ?? reply.framing === 'sse-crlf';
    return { frames: events.map((event, index) => frame(event, index, directive, crlf)), ending };
  }
  const isWhole = ending === 'end' && directive.cut === undefined && !directive.noDone;
  return { frames: frameArray(events, directive, isWhole), ending };
}

function chooseEvents(reply: StreamReply, directive: Directive): readonly StreamEvent[] {
  const done = reply.done === undefined || directive.noDone ? [] : [reply.done];
  if (directive.errorFirstEvent) return [reply.failure, ...done];
  const events = withBrokenEvent([...reply.content, ...reply.closing], directive);
  const stopAt = directive.afterEvents ?? Math.ceil(reply.content.length / 2);
  // A clean cut is one that only the missing closing events give away.
  if (directive.cut === 'clean') return events.slice(0, Math.min(stopAt, reply.content.length));
  if (directive.cut === 'reset' || directive.hang === 'mid_stream') return events.slice(0, stopAt);
  if (directive.errorMidStream) return [...events.slice(0, stopAt), reply.failure, ...done];
  return [...events, ...done];
}

/** Half an event put between two whole ones: the answer itself stays complete. */
function withBrokenEvent(events: readonly StreamEvent[], directive: Directive): readonly StreamEvent[] {
  if (!directive.badJson) return events;
  const at = Math.min(directive.afterEvents ?? 1, events.length - 1);
  const whole = events[at];
  if (whole === undefined) return events;
  const broken = { ...whole, data: whole.data.slice(0, Math.ceil(whole.data.length / 2)) };
  return [...events.slice(0, at), broken, ...events.slice(at)];
}

function chooseEnding(directive: Directive): StreamScript['ending'] {
  if (directive.errorFirstEvent) return 'end';
  if (directive.cut === 'reset') return 'reset';
  return directive.hang === 'mid_stream' ? 'hang' : 'end';
}

function frame(event: StreamEvent, index: number, directive: Directive, crlf: boolean): string {
  const comment = directive.keepAliveComments && index > 0 ? ': keep-alive\n\n' : '';
  const name = event.event === undefined ? '' : `event: ${event.event}\n`;
  const text = `${comment}${name}data: ${event.data}\n\n`;
  return crlf ? text.replaceAll('\n', '\r\n') : text;
}

/** Elements of one array: a client sees that one is over by what comes next. White space stands for comments. */
function frameArray(events: readonly StreamEvent[], directive: Directive, isWhole: boolean): string[] {
  const comment = directive.keepAliveComments ? '\n' : '';
  const elements = events.map(({ data }, index) => (index === 0 ? `[${data}\n` : `${comment},\r\n${data}\n`));
  if (!isWhole) return elements;
  return events.length === 0 ? ['[]'] : [...elements, ']'];
}
