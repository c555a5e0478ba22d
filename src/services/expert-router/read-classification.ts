import { isJsonObject, parseJson } from '../../core/json.ts';
import { ClassificationError } from './expert-decision.ts';

/** An answer names one category: whatever is longer than this has gone astray. */
const MAX_ANSWER = 10_000;
/** A string in double quotes, one in single quotes with whatever apostrophes, or a comma too many. */
const REPAIRABLE = /"(?:[^"\\]|\\.)*"|'((?:[^'\\]|\\.|'(?!\s*[:,}\]]))*)'|,(?=\s*[}\]])/gs;

/**
 * What a classifier's answer names as category: its `type` and its `category`, as far as they are texts. The answer
 * is JSON, perhaps with thoughts, a code fence or words around it, with single quotes or a comma too many; it is
 * parsed and never run.
 * @returns one or two names, trimmed, none of them empty
 * @throws ClassificationError `unparsable`
 */
export function readClassification(answer: string): readonly [string, ...string[]] {
  const json = objectIn(withoutThoughts(answer).slice(0, MAX_ANSWER));
  const parsed = parseJson(json) ?? parseJson(repaired(json));
  const named = isJsonObject(parsed) ? [parsed.type, parsed.category] : [];
  const [first, ...more] = named.flatMap((name) => (typeof name === 'string' ? name.trim() || [] : []));
  if (first === undefined) {
    throw new ClassificationError('unparsable', 'The classifier’s answer names no category in JSON.');
  }
  return [first, ...more];
}

/** Models that are served without a reasoning parser think in front of their answer. */
function withoutThoughts(answer: string): string {
  const end = answer.lastIndexOf('</think>');
  return end === -1 ? answer : answer.slice(end + '</think>'.length);
}

function objectIn(text: string): string {
  const start = text.indexOf('{');
  return start === -1 ? '' : text.slice(start, text.lastIndexOf('}') + 1);
}

function repaired(json: string): string {
  return json.replace(REPAIRABLE, (token: string, inner: string | undefined) => {
    if (inner !== undefined) return inDoubleQuotes(inner);
    return token === ',' ? '' : token;
  });
}

function inDoubleQuotes(text: string): string {
  return `"${text.replace(/\\'/g, "'").replace(/(?<!\\)"/g, '\\"')}"`;
}
