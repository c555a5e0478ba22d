import type { GeneratedSoFar } from '../../core/generated.ts';
import type { StreamPart } from '../../core/stream-part.ts';

/** Adds what of a part its provider would have counted as generated; nothing of what is no text. */
export function addGenerated(generated: GeneratedSoFar, part: StreamPart): void {
  if (part.type === 'tool-call-start') generated.addCalls(1);
  if ('choice' in part) generated.add(part.choice, textOf(part));
}

function textOf(part: StreamPart): string {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return part.text;
    case 'tool-call-start':
      return part.name;
    case 'tool-call-delta':
      return part.arguments;
    default:
      return '';
  }
}
