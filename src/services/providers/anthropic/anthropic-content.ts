import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { type DataUrl, isDataUrl, isUnset, requireDataUrl, unsupported } from '../../chat/request-fields.ts';

/** How the provider is called in errors. */
export const PROVIDER = 'Anthropic';

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
      throw unsupported(param, PROVIDER, 'It takes no audio.');
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
  if (typeof url !== 'string') throw unsupported(`${param}.image_url`, PROVIDER, 'It must have a url.');
  if (!isDataUrl(url)) return { type: 'image', source: { type: 'url', url } };
  const data = requireDataUrl(url, `${param}.image_url.url`);
  const type = data.mediaType === 'application/pdf' ? 'document' : 'image';
  return { type, source: inBase64(data) };
}

function inBase64({ mediaType, data }: DataUrl): JsonObject {
  return { type: 'base64', media_type: mediaType, data };
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
    throw unsupported(`${param}.file`, PROVIDER, 'It must have file_data or file_id.');
  const source = isDataUrl(data)
    ? urlSource(requireDataUrl(data, `${param}.file.file_data`))
    : bareSource(data, typeof type === 'string' ? type : 'application/pdf');
  return String(source.media_type).startsWith('image/') ? { type: 'image', source } : document(source);
}

/** Texts go as text, anything else in base64. */
function urlSource(given: DataUrl): JsonObject {
  if (!isText(given.mediaType)) return inBase64(given);
  return toText(Buffer.from(given.data, 'base64').toString('utf8'));
}

/** Without a data URL around it a text is not in base64 either, as Portkey's clients write it. */
function bareSource(data: string, mediaType: string): JsonObject {
  return isText(mediaType) ? toText(data) : inBase64({ mediaType, data });
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/');
}

function toText(data: string): JsonObject {
  return { type: 'text', media_type: 'text/plain', data };
}
