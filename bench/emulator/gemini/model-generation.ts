/** Models from the third generation on: they think by level, sign their calls, and give them ids. */
export function isGemini3(model: string): boolean {
  return /^gemini-[3-9]/.test(model);
}
