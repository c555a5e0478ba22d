import { ANTHROPIC_QUIRKS } from './quirks/anthropic-quirks.ts';
import { COMMON_QUIRKS } from './quirks/common-quirks.ts';
import { FAULT_QUIRKS } from './quirks/fault-quirks.ts';
import { GOOGLE_QUIRKS } from './quirks/google-quirks.ts';
import { OPENAI_QUIRKS } from './quirks/openai-quirks.ts';
import type { Quirk } from './quirks/quirk.ts';

/**
 * Every known difference between the paths. The parity run fails on one that is not here, and on an entry that no
 * longer occurs; `docs/parity.md` is made from it.
 */
export const QUIRKS: readonly Quirk[] = [
  ...COMMON_QUIRKS,
  ...FAULT_QUIRKS,
  ...OPENAI_QUIRKS,
  ...ANTHROPIC_QUIRKS,
  ...GOOGLE_QUIRKS,
];
