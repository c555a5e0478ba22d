import type { StreamPart } from '../../core/stream-part.ts';

/** What of a part its provider would have counted as generated; empty for what is no text. */
export function generatedText(part: StreamPart): string {
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
