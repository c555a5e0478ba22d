import { z } from 'zod';
import { OpenChoice, type ReadAnswer, type ReadCounts } from './read-answer.ts';

const partialArgument = z.looseObject({ jsonPath: z.string(), stringValue: z.string() });

const callSchema = z.looseObject({
  name: z.string().optional(),
  args: z.unknown().optional(),
  partialArgs: z.array(partialArgument).optional(),
});

const partSchema = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  functionCall: callSchema.optional(),
});

const candidateSchema = z.looseObject({
  index: z.number().default(0),
  content: z.looseObject({ parts: z.array(partSchema).optional() }).optional(),
  finishReason: z.string().optional(),
});

const count = z.number().default(0);

const answerSchema = z.looseObject({
  candidates: z.array(candidateSchema).default([]),
  promptFeedback: z.looseObject({ blockReason: z.string() }).optional(),
  usageMetadata: z
    .looseObject({
      promptTokenCount: count,
      toolUsePromptTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
      cachedContentTokenCount: count,
    })
    .optional(),
});

type Call = z.output<typeof callSchema>;
type Part = z.output<typeof partSchema>;

/** Whether Gemini refused the prompt, so that there is no answer. */
export function isBlockedPrompt(parts: readonly unknown[]): boolean {
  return parts.some((part) => answerSchema.safeParse(part).data?.promptFeedback !== undefined);
}

/** What the events of one stream, or a whole document as the only one, say together. */
export function readGemini(parts: readonly unknown[]): ReadAnswer {
  const candidates = new Map<number, GeminiCandidate>();
  let usage: ReadCounts | undefined;
  for (const part of parts.map((part) => answerSchema.parse(part))) {
    for (const { index, content, finishReason } of part.candidates) {
      const candidate = candidates.get(index) ?? new GeminiCandidate();
      candidates.set(index, candidate);
      content?.parts?.forEach((said) => void candidate.add(said));
      candidate.choice.finishReason = finishReason ?? candidate.choice.finishReason;
    }
    // A count without a prompt's is no count of the answer yet.
    if (part.usageMetadata && part.usageMetadata.promptTokenCount > 0) usage = countsOf(part.usageMetadata);
  }
  return { choices: [...candidates.values()].map(({ choice }) => choice.read()), usage };
}

/** A candidate that is being put together. Calls have no index: each that has a name begins a new one. */
class GeminiCandidate {
  readonly choice = new OpenChoice();
  #calls = 0;
  /** The call that is still being streamed, argument by argument. */
  #open: { name: string; args: Record<string, string> } | undefined;

  add({ text = '', thought = false, functionCall }: Part): void {
    if (thought) this.choice.reasoning += text;
    else this.choice.text += text;
    if (functionCall !== undefined) this.#addCall(functionCall);
  }

  #addCall({ name, args, partialArgs, willContinue }: Call): void {
    if (name !== undefined && willContinue !== true) {
      this.#close(name, args ?? {});
    } else if (name !== undefined) {
      this.#open = { name, args: {} };
    } else if (this.#open !== undefined) {
      for (const { jsonPath, stringValue } of partialArgs ?? []) {
        const key = jsonPath.replace('$.', '');
        this.#open.args[key] = (this.#open.args[key] ?? '') + stringValue;
      }
      if (willContinue !== true) this.#close(this.#open.name, this.#open.args);
    }
  }

  #close(name: string, args: unknown): void {
    this.choice.addToCall(this.#calls, name, JSON.stringify(args));
    this.#calls += 1;
    this.#open = undefined;
  }
}

/** Gemini counts its thoughts beside the candidates, and what its own tools read beside the prompt. */
function countsOf(usage: NonNullable<z.output<typeof answerSchema>['usageMetadata']>): ReadCounts {
  return {
    prompt: usage.promptTokenCount + usage.toolUsePromptTokenCount,
    completion: usage.candidatesTokenCount + usage.thoughtsTokenCount,
    cached: usage.cachedContentTokenCount,
    reasoning: usage.thoughtsTokenCount,
  };
}
