import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { imageCostOf } from './image-cost.ts';
import { type ImageSize, sizeInBase64, sizeInDataUrl } from './image-size.ts';

/** What a picture counts as whose size is not known. */
const UNKNOWN: ImageSize = { width: 1024, height: 1024 };

/** The tokens that a message's part costs with a model where it is a picture; 0 where it is none. */
export function imageTokens(part: JsonObject, modelIdentifier: string): number {
  const image = imageIn(part);
  if (image === undefined) return 0;
  return imageCostOf(modelIdentifier)(image.size ?? UNKNOWN, image.detail === 'low');
}

/** Whether a message's part is a picture whose size is not in it, or not where it is looked for. */
export function hasUnknownSize(part: JsonObject): boolean {
  const image = imageIn(part);
  return image !== undefined && image.size === undefined;
}

interface Image {
  readonly size: ImageSize | undefined;
  readonly detail?: JsonValue | undefined;
}

/** Chat has the URL in an object, responses beside the detail, Anthropic the bytes by themselves. */
function imageIn(part: JsonObject): Image | undefined {
  if (part.type === 'image') return { size: sizeInSource(part.source) };
  const image = part.image_url;
  if (isJsonObject(image)) return { size: sizeIn(image.url), detail: image.detail };
  if (image !== undefined || part.type === 'input_image') return { size: sizeIn(image), detail: part.detail };
  return undefined;
}

function sizeIn(url: JsonValue | undefined): ImageSize | undefined {
  return typeof url === 'string' ? sizeInDataUrl(url) : undefined;
}

function sizeInSource(source: JsonValue | undefined): ImageSize | undefined {
  return isJsonObject(source) && typeof source.data === 'string' ? sizeInBase64(source.data) : undefined;
}
