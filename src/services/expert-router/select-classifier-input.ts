import type { Turn } from '../prompt-processor/read-turns.ts';
import type { ClassifierInput } from './classifier-template.ts';
import { ClassificationError } from './expert-decision.ts';
import type { Classifier } from './expert-routing-schema.ts';
import { removeTags } from './remove-tags.ts';

const MAX_CONTEXT_MESSAGES = 6;
const HEADING = '# Conversation History (for context)';
const SPEAKERS: Readonly<Record<Turn['role'], string>> = {
  system: '[System]',
  user: '[User]',
  assistant: '[Assistant]',
  tool: '[Tool]',
};

/**
 * What of a conversation is classified: the last message of the user that has a text, with what was said before it
 * as context. Where no user spoke, it is what a tool or the model said last. Results of tools are no context: they
 * would crowd out what was said.
 * @throws ClassificationError `no_text` where nobody said anything
 */
export function selectClassifierInput(classifier: Classifier, turns: readonly Turn[]): ClassifierInput {
  const told = turnsWithText(classifier, turns);
  const asked =
    told.findLast(({ role }) => role === 'user') ?? told.findLast(({ role }) => role !== 'system');
  if (asked === undefined) {
    throw new ClassificationError('no_text', 'The request has no text that could be classified.');
  }
  const before = told.filter(({ role, index }) => role !== 'tool' && index < asked.index);
  return { prompt: asked.text, context: toContext(lastOf(before, contextLimit(classifier))) };
}

/** System messages go first and the count comes later: the other way round they would use it up. */
function turnsWithText(classifier: Classifier, turns: readonly Turn[]): readonly Turn[] {
  return turns
    .filter(({ role }) => role !== 'system' || !classifier.ignore_system_messages)
    .map((turn) => ({ ...turn, text: removeTags(turn.text, classifier.ignored_tags) }))
    .filter(({ text }) => text !== '');
}

function contextLimit({ max_messages_to_classify: limit }: Classifier): number {
  return limit === 0 ? MAX_CONTEXT_MESSAGES : Math.min(MAX_CONTEXT_MESSAGES, limit - 1);
}

function lastOf<T>(items: readonly T[], count: number): readonly T[] {
  return items.slice(Math.max(0, items.length - count));
}

function toContext(turns: readonly Turn[]): string {
  if (turns.length === 0) return '';
  return [HEADING, ...turns.map(({ role, text }) => `${SPEAKERS[role]}: ${text}`)].join('\n');
}
