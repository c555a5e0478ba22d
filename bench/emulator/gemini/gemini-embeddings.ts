import { unitVector } from '../openai/embeddings.ts';
import { requestFaults, turnFaults } from './check-generate.ts';
import { type EmbedRequest, textOf } from './generate-request.ts';

const FULL_DIMENSIONS = 3072;

/** @throws GeminiRefusal 400 for a request whose content has no parts, or for a size that no embedding has */
export function checkEmbed(request: EmbedRequest, name = 'EmbedContentRequest', at = ''): void {
  const { content = {}, outputDimensionality: size = FULL_DIMENSIONS } = request;
  const faults = [
    ...turnFaults(content, `${at}content`),
    ...(size < 1 || size > FULL_DIMENSIONS
      ? [`${at}output_dimensionality: must be in the range [1, ${FULL_DIMENSIONS}].`]
      : []),
  ];
  if (faults.length > 0) throw requestFaults(name, faults);
}

/** The one embedding of a content, all its parts together: the same text always gets the same vector. */
export function embeddingOf({ content, outputDimensionality = FULL_DIMENSIONS }: EmbedRequest): object {
  return { values: [...unitVector(textOf(content), outputDimensionality)] };
}
