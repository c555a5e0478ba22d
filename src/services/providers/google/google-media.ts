import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue, isDataUrl, requireDataUrl } from '../../chat/request-fields.ts';

/** Media types by file extension: Gemini cannot guess what lies behind an address. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['bmp', 'image/bmp'],
  ['tiff', 'image/tiff'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['html', 'text/html'],
  ['csv', 'text/csv'],
  ['doc', 'application/msword'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xls', 'application/vnd.ms-excel'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['mp3', 'audio/mp3'],
  ['wav', 'audio/wav'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/mov'],
  ['mpeg', 'video/mpeg'],
  ['mpg', 'video/mpg'],
  ['avi', 'video/avi'],
  ['wmv', 'video/wmv'],
  ['mpegps', 'video/mpegps'],
  ['flv', 'video/flv'],
  ['webm', 'video/webm'],
  ['mkv', 'video/mkv'],
]);

/** Formats of `input_audio` whose media type is not `audio/` and the format itself. */
const AUDIO_TYPES: ReadonlyMap<string, string> = new Map([
  ['opus', 'audio/ogg'],
  ['pcm16', 'audio/pcm'],
  ['x-aac', 'audio/aac'],
  ['x-m4a', 'audio/m4a'],
]);

/**
 * The part for an `image_url`: a data URL goes in place, an address as one that Gemini fetches itself. What is neither
 * is taken for the bare data of a JPEG, as Portkey's clients may have it. `detail`, a hint, is left out: Gemini has a
 * resolution for all of a request's media only, which the client can set by `generationConfig.mediaResolution`.
 * @throws GatewayError `invalid_value`
 */
export function imagePart(image: JsonValue | undefined, param: string): JsonObject {
  const { url, mime_type: type } = isJsonObject(image) ? image : { url: image };
  if (typeof url !== 'string' || url === '') throw invalidValue(`${param}.url`, 'must be a URL');
  if (isDataUrl(url)) return inlinePart(url, `${param}.url`);
  return isAddress(url) ? addressPart(url, type) : toInlineData('image/jpeg', url);
}

/**
 * The part for a `file`: in place, or by its address at Google or anywhere else.
 * @throws GatewayError `invalid_value` for one that is stored at OpenAI
 */
export function filePart(file: JsonValue | undefined, param: string): JsonObject {
  const { file_data: data, file_id, file_url, filename, mime_type: type } = isJsonObject(file) ? file : {};
  const address = [file_url, file_id].find((candidate) => typeof candidate === 'string');
  if (typeof address === 'string') {
    if (isAddress(address)) return addressPart(address, type);
    throw invalidValue(param, 'must be the address of a file that Google can read, or hold file_data');
  }
  if (typeof data !== 'string') throw invalidValue(param, 'must hold file_data, file_id or file_url');
  if (isDataUrl(data)) return inlinePart(data, `${param}.file_data`);
  const known = typeof type === 'string' ? type : mediaTypeOf(String(filename ?? ''));
  return toInlineData(known ?? 'application/pdf', data);
}

/** @throws GatewayError `invalid_value` where there is no audio in it */
export function audioPart(audio: JsonValue | undefined, param: string): JsonObject {
  const { data, format } = isJsonObject(audio) ? audio : {};
  if (typeof data !== 'string' || typeof format !== 'string') {
    throw invalidValue(param, 'must hold data and format');
  }
  return toInlineData(AUDIO_TYPES.get(format) ?? `audio/${format}`, data);
}

function inlinePart(url: string, param: string): JsonObject {
  const { mediaType, data } = requireDataUrl(url, param);
  return toInlineData(mediaType, data);
}

function isAddress(url: string): boolean {
  return /^(https?|gs):\/\//i.test(url);
}

function addressPart(fileUri: string, given: JsonValue | undefined): JsonObject {
  const mimeType = typeof given === 'string' ? given : mediaTypeOf(pathOf(fileUri));
  return { fileData: mimeType === undefined ? { fileUri } : { mimeType, fileUri } };
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}

function mediaTypeOf(name: string): string | undefined {
  return MEDIA_TYPES.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
}

function toInlineData(mimeType: string, data: string): JsonObject {
  return { inlineData: { mimeType, data } };
}
