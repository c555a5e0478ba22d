import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';

/** A page that a candidate names, and where in its text it does. */
interface Source {
  readonly page: JsonObject;
  readonly place: JsonValue | undefined;
}

/**
 * What a candidate says of its sources, as OpenAI's annotations of the message: one for each place and page.
 * @param text all of the candidate's text so far, which the places are counted in
 */
export function toAnnotations(candidate: JsonObject, text: string): readonly JsonObject[] {
  const sources = [...ofGrounding(candidate.groundingMetadata), ...ofCitations(candidate.citationMetadata)];
  // Most events name none, and the text is as long as all events before.
  if (sources.length === 0) return [];
  const bytes = Buffer.from(text);
  return sources.map((source) => toAnnotation(source, bytes));
}

function ofGrounding(metadata: JsonValue | undefined): readonly Source[] {
  if (!isJsonObject(metadata)) return [];
  const chunks = listOf(metadata.groundingChunks);
  return listOf(metadata.groundingSupports).flatMap((support) => {
    if (!isJsonObject(support)) return [];
    return listOf(support.groundingChunkIndices).flatMap((index) => {
      const page = typeof index === 'number' ? pageOf(chunks[index]) : undefined;
      return page === undefined ? [] : [{ page, place: support.segment }];
    });
  });
}

/** A page of the web, of maps or of the account's own documents. */
function pageOf(chunk: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(chunk)) return undefined;
  const page = [chunk.web, chunk.maps, chunk.retrievedContext].find(isJsonObject);
  return typeof page?.uri === 'string' ? page : undefined;
}

/** Vertex calls `citations` what AI Studio calls `citationSources`. */
function ofCitations(metadata: JsonValue | undefined): readonly Source[] {
  if (!isJsonObject(metadata)) return [];
  const sources = listOf(metadata.citationSources ?? metadata.citations).filter(isJsonObject);
  return sources.flatMap((source) =>
    typeof source.uri === 'string' ? [{ page: source, place: source }] : [],
  );
}

function toAnnotation({ page: { uri, title }, place }: Source, bytes: Buffer): JsonObject {
  const { startIndex = 0, endIndex = 0 } = isJsonObject(place) ? place : {};
  return {
    type: 'url_citation',
    url_citation: {
      url: uri,
      title: title ?? '',
      start_index: toCharacters(startIndex, bytes),
      end_index: toCharacters(endIndex, bytes),
    },
  };
}

/** Gemini counts bytes, OpenAI characters. */
function toCharacters(index: JsonValue, bytes: Buffer): number {
  return typeof index === 'number' ? bytes.toString('utf8', 0, index).length : 0;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
