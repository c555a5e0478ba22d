import { isJsonObject, parseJson } from '../../src/core/json.ts';

/**
 * The streams whose `data:` lines a chunk file holds, one payload a line, framed again as FORMAT.md says. Several
 * turns of OpenAI's Responses may lie one behind the other.
 */
export function framedStreams(text: string): Buffer[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return turnsOf(lines).map((turn) => Buffer.from(frame(turn)));
}

function turnsOf(lines: readonly string[]): string[][] {
  const turns: string[][] = [];
  for (const line of lines) {
    if (turns.length === 0 || typeOf(line) === 'response.created') turns.push([]);
    turns.at(-1)?.push(line);
  }
  return turns;
}

function frame(lines: readonly string[]): string {
  const [first = ''] = lines;
  if (typeOf(first) !== undefined) return lines.map(toNamedEvent).join('');
  const isGemini = isJsonObject(parseJson(first)) && /^\{"candidates"/.test(first);
  if (isGemini) return lines.map((line) => `data: ${line}\r\n\r\n`).join('');
  return `${lines.map((line) => `data: ${line}\n\n`).join('')}data: [DONE]\n\n`;
}

function toNamedEvent(line: string): string {
  return `event: ${typeOf(line)}\ndata: ${line}\n\n`;
}

/** What Anthropic and OpenAI's Responses name their events by. */
function typeOf(line: string): string | undefined {
  const event = parseJson(line);
  return isJsonObject(event) && typeof event.type === 'string' ? event.type : undefined;
}
