/** What one speaker says at once. */
export interface Turn<Speaker, Part> {
  readonly speaker: Speaker;
  readonly parts: readonly Part[];
}

/** The turns of one speaker that follow each other, such as the results of parallel calls, become one. */
export function mergeTurns<Speaker, Part>(
  turns: readonly Turn<Speaker, Part>[],
): readonly Turn<Speaker, Part>[] {
  const merged: Turn<Speaker, Part>[] = [];
  for (const { speaker, parts } of turns) {
    const last = merged.at(-1);
    if (last === undefined || last.speaker !== speaker) merged.push({ speaker, parts });
    else merged[merged.length - 1] = { speaker, parts: [...last.parts, ...parts] };
  }
  return merged;
}

/** The turns that say anything: one that says nothing at all has no form where turns have to alternate. */
export function spokenTurns<Speaker, Part>(
  turns: readonly Turn<Speaker, Part>[],
): readonly Turn<Speaker, Part>[] {
  return turns.filter(({ parts }) => parts.length > 0);
}
