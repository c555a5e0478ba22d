/**
 * Whether the text is what the pattern describes, letter case aside: `*` stands for any run of characters, everything
 * else for itself. Takes time in proportion to the text, whoever wrote the two.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const subject = text.toLowerCase();
  const last = rest.pop();
  if (last === undefined) return subject === first;
  if (subject.length < first.length + last.length) return false;
  if (!subject.startsWith(first) || !subject.endsWith(last)) return false;
  return holdsInOrder(subject.slice(first.length, subject.length - last.length), rest);
}

/** The earliest place of each part leaves most room for the next, so that none has to be tried twice. */
function holdsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}
