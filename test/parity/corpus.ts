import { OPENAI_CASES } from './corpus/openai.ts';
import type { ParityCase } from './corpus/parity-case.ts';

/** Every request that both paths are sent. */
export const CORPUS: readonly ParityCase[] = [...OPENAI_CASES];
