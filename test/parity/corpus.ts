import { ANTHROPIC_CASES } from './corpus/anthropic.ts';
import { DEEPSEEK_CASES } from './corpus/deepseek.ts';
import { ENDPOINT_CASES } from './corpus/endpoints.ts';
import { GOOGLE_CASES } from './corpus/google.ts';
import { OPENAI_CASES } from './corpus/openai.ts';
import type { ParityCase } from './corpus/parity-case.ts';

/** Every request that both paths are sent. */
export const CORPUS: readonly ParityCase[] = [
  ...OPENAI_CASES,
  ...ENDPOINT_CASES,
  ...ANTHROPIC_CASES,
  ...GOOGLE_CASES,
  ...DEEPSEEK_CASES,
];
