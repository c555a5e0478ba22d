import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { isUnset, readDataUrl, unsupported } from '../../chat/request-fields.ts';

/**
 * A message's content as Anthropic's blocks; a text is one block, an empty one none.
 * @param param where it stands, for errors, such as `messages[0].content`
 * @throws GatewayError naming the part that cannot be translated
 */
export function toBlocks(content: JsonValue | undefined, param: string): readonly JsonValue[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) return isUnset(content) ? [] : [content];
  return content.flatMap((part, index) => toBlock(part, `${param}[${index}]`));
}

/** What is of Anthropic's own kinds, or of one that is not known, goes through: the provider decides. */
function toBlock(part: JsonValue, param: string): readonly JsonValue[] {
  if (!isJsonObject(part)) return [part];
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [part];
    case 'refusal':
      return [{ type: 'text', text: part.refusal }];
    case 'image_url':
      return [withCacheControl(part, toPicture(part, param))];
    case 'file':
      return [withCacheControl(part, toDocument(part, param))];
    case 'input_audio':
      throw unsupported(param, 'Anthropic', 'It takes no audio.');
    default:
      return [part];
  }
}

function withCacheControl({ cache_control }: JsonObject, block: JsonObject): JsonObject {
  return isUnset(cache_control) ? block : { ...block, cache_control };
}

/** Clients put documents where pictures go, too. */
function toPicture({ image_url: image }: JsonObject, param: string): JsonObject {
  const url = isJsonObject(image) ? image.url : image;
  if (typeof url !== 'string') throw unsupported(`${param}.image_url`, 'Anthropic', 'It must have a url.');
  const type = readDataUrl(url)?.mediaType === 'application/pdf' ? 'document' : 'image';
  return { type, source: toSource(url) };
}

function toSource(url: string): JsonObject {
  const data = readDataUrl(url);
  return data === undefined
    ? { type: 'url', url }
    : { type: 'base64', media_type: data.mediaType, data: data.data };
}

/** A file in place, by its id, or by its address as Portkey's clients write it. */
function toDocument({ file }: JsonObject, param: string): JsonObject {
  const {
    file_data: data,
    file_id: id,
    file_url: url,
    filename,
    mime_type: type,
  } = isJsonObject(file) ? file : {};
  const title = typeof filename === 'string' ? { title: filename } : {};
  const document = (source: JsonObject) => ({ type: 'document', source, ...title });
  if (typeof id === 'string') return document({ type: 'file', file_id: id });
  if (typeof url === 'string') return document({ type: 'url', url });
  if (typeof data !== 'string')
    throw unsupported(`${param}.file`, 'Anthropic', 'It must have file_data or file_id.');
  const source = fileSource(data, typeof type === 'string' ? type : 'application/pdf');
  return String(source.media_type).startsWith('image/') ? { type: 'image', source } : document(source);
}

/**
 * Texts go as text, anything else in base64. Without a data URL around it a text is not in base64 either, as Portkey's
 * clients write it.
 */
function fileSource(given: string, type: string): JsonObject {
  const url = readDataUrl(given);
  const { mediaType, data } = url ?? { mediaType: type, data: given };
  if (!mediaType.startsWith('text/')) return { type: 'base64', media_type: mediaType, data };
  const text = url === undefined ? data : Buffer.from(data, 'base64').toString('utf8');
  return { type: 'text', media_type: 'text/plain', data: text };
}
