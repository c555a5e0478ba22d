import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { readDataUrl } from '../../chat/request-fields.ts';

/** A part of a user's message as Portkey translates it for Anthropic; of a kind that it drops, none. */
export function portkeyContent(part: JsonValue): readonly JsonValue[] {
  if (!isJsonObject(part)) return [];
  switch (part.type) {
    case 'text':
      return [{ type: 'text', text: part.text, ...cacheControl(part) }];
    case 'image_url':
      return [toImage(part)];
    case 'file':
      return [toDocument(part)];
    default:
      return [];
  }
}

function cacheControl({ cache_control }: JsonObject): JsonObject {
  return cache_control ? { cache_control: { type: 'ephemeral' } } : {};
}

function toImage(part: JsonObject): JsonObject {
  const url = isJsonObject(part.image_url) ? part.image_url.url : undefined;
  if (typeof url !== 'string') return part;
  const data = readDataUrl(url);
  if (data === undefined) return { type: 'image', source: { type: 'url', url } };
  const type = data.mediaType === 'application/pdf' ? 'document' : 'image';
  const source = { type: 'base64', media_type: data.mediaType, data: data.data };
  return { type, source, ...cacheControl(part) };
}

function toDocument(part: JsonObject): JsonObject {
  const file = isJsonObject(part.file) ? part.file : {};
  const { mime_type, file_url: url, file_data: data, file_id: id } = file;
  const type = mime_type || 'application/pdf';
  if (url) return { type: 'document', source: { type: 'url', url } };
  if (!data && id) return { type: 'document', source: { type: 'file', file_id: id } };
  if (!data) return part;
  const source = { type: type === 'text/plain' ? 'text' : 'base64', data, media_type: type };
  return { type: 'document', source };
}
