import { isJsonObject, type JsonObject } from '../../core/json.ts';

/** What a picture costs whatever its size, and what each tile of 512 pixels adds (OpenAI, "Images and vision"). */
const BASE = 85;
const PER_TILE = 170;
/** A picture whose size is not known counts as one of 1024 by 1024 pixels: four tiles. */
const UNKNOWN_TILES = 4;
const LONGEST_SIDE = 2048;
const SHORTEST_SIDE = 768;
const TILE = 512;

/** The tokens of a message's part where it is a picture; 0 where it is none. */
export function imageTokens(part: JsonObject): number {
  const image = part.image_url ?? (part.type === 'input_image' ? part : undefined);
  if (part.type === 'image') return BASE + PER_TILE * UNKNOWN_TILES;
  if (image === undefined) return 0;
  const { detail, url } = isJsonObject(image) ? image : { detail: undefined, url: image };
  if (detail === 'low') return BASE;
  const size = typeof url === 'string' ? sizeOf(url) : undefined;
  return BASE + PER_TILE * (size === undefined ? UNKNOWN_TILES : tilesOf(size));
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The picture is fitted into 2048 pixels, then its shorter side into 768, then cut into tiles. */
function tilesOf({ width, height }: Size): number {
  const fitted = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const shrunk = Math.min(1, SHORTEST_SIDE / (Math.min(width, height) * fitted));
  const tilesAlong = (side: number) => Math.max(1, Math.ceil((side * fitted * shrunk) / TILE));
  return tilesAlong(width) * tilesAlong(height);
}

/** The first bytes of each kind of picture say its size; a JPEG's does so further on, and is not looked for. */
function sizeOf(url: string): Size | undefined {
  const base64 = /^data:image\/[a-z+]+;base64,(.{44,64})/.exec(url)?.[1];
  if (base64 === undefined) return undefined;
  // Fewer than the characters promise, where some of them are none of the encoding's.
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length >= 24 && bytes.toString('latin1', 1, 4) === 'PNG')
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.length >= 10 && bytes.toString('latin1', 0, 3) === 'GIF')
    return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  return undefined;
}
