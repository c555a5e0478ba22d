/**
 * A text without certain tags and all that is in them, trimmed. A tag that is not closed stays.
 * @param tags their names, without brackets; a tag may have attributes and be written in either case
 */
export function removeTags(text: string, tags: readonly string[]): string {
  return tags.reduce(removeTag, text).trim();
}

/** By hand, in one go: an expression would search to the end again for each tag that a client leaves open. */
function removeTag(text: string, tag: string): string {
  const open = new RegExp(`<${tag}(?:\\s[^<>]*)?>`, 'giu');
  const close = new RegExp(`</${tag}\\s{0,8}>`, 'giu');
  const kept: string[] = [];
  let from = 0;
  for (let opened = find(open, text, 0); opened !== undefined; opened = find(open, text, from)) {
    const closed = find(close, text, opened.end);
    if (closed === undefined) break;
    kept.push(text.slice(from, opened.start));
    from = closed.end;
  }
  return kept.join('') + text.slice(from);
}

function find(pattern: RegExp, text: string, from: number) {
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  return found === null ? undefined : { start: found.index, end: pattern.lastIndex };
}
