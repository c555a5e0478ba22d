/** A model's identifier without what resellers put before it, and without the mark of a fine-tuned one. */
export function bareModelName(identifier: string): string {
  return identifier.slice(identifier.lastIndexOf('/') + 1).replace(/^ft:/, '');
}
