import { bareModelName } from './bare-model-name.ts';
import type { ImageSize } from './image-size.ts';

/** Gives the tokens of a picture of this size; with `isLow` a client wants no details of it. */
export type ImageCost = (size: ImageSize, isLow: boolean) => number;

/** The first pattern that a model's bare name matches (OpenAI, "Images and vision"; Anthropic, "Vision"; Gemini). */
const MODELS: readonly (readonly [RegExp, ImageCost])[] = [
  // What its answers count; tables of factors that are about have a higher one.
  [/^gpt-5-nano/, byPatches(1.5)],
  [/^(gpt-4\.1|gpt-5)-mini/, byPatches(1.62)],
  [/^gpt-4\.1-nano/, byPatches(2.46)],
  [/^o4-mini/, byPatches(1.72)],
  [/^gpt-4o-mini/, byTiles(2833, 5667)],
  [/^gpt-5/, byTiles(70, 140)],
  [/^o[1-9]/, byTiles(75, 150)],
  [/claude/, byPixels],
  [/^gemini/, byLargeTiles],
];
const OTHERS = byTiles(85, 170);

/** What a picture costs with a model. */
export function imageCostOf(modelIdentifier: string): ImageCost {
  const name = bareModelName(modelIdentifier);
  return MODELS.find(([pattern]) => pattern.test(name))?.[1] ?? OTHERS;
}

const TILE = 512;

/** The picture is fitted into 2048 pixels, then its shorter side into 768, then cut into tiles. */
function byTiles(base: number, perTile: number): ImageCost {
  return (size, isLow) => {
    if (isLow) return base;
    const { width, height } = fitShortSide(fitLongSide(size, 2048), 768);
    return base + perTile * pieces(width, TILE) * pieces(height, TILE);
  };
}

const PATCH = 32;
const MAX_PATCHES = 1536;

/** The picture is cut into small patches, and shrunk where there would be too many. */
function byPatches(factor: number): ImageCost {
  return (size, isLow) => {
    const { width, height } = fitPatches(isLow ? fitLongSide(size, TILE) : size);
    return 1 + Math.ceil(pieces(width, PATCH) * pieces(height, PATCH) * factor);
  };
}

function fitPatches(size: ImageSize): ImageSize {
  const { width, height } = size;
  if (pieces(width, PATCH) * pieces(height, PATCH) <= MAX_PATCHES) return size;
  const shrunk = scaled(size, Math.sqrt((PATCH * PATCH * MAX_PATCHES) / (width * height)));
  // So much that no patch stands over the edge of the side that would have had the larger part of one.
  const columns = shrunk.width / PATCH;
  const rows = shrunk.height / PATCH;
  return scaled(shrunk, Math.min(wholeShare(columns), wholeShare(rows)));
}

function wholeShare(patches: number): number {
  return Math.max(1, Math.floor(patches)) / patches;
}

function byPixels(size: ImageSize): number {
  const { width, height } = fitLongSide(size, 1568);
  return Math.ceil((width * height) / 750);
}

function byLargeTiles({ width, height }: ImageSize): number {
  return 258 * (Math.max(width, height) <= 384 ? 1 : pieces(width, 768) * pieces(height, 768));
}

function pieces(length: number, size: number): number {
  return Math.max(1, Math.ceil(length / size));
}

function fitLongSide(size: ImageSize, longest: number): ImageSize {
  return scaled(size, Math.min(1, longest / Math.max(size.width, size.height)));
}

function fitShortSide(size: ImageSize, shortest: number): ImageSize {
  return scaled(size, Math.min(1, shortest / Math.min(size.width, size.height)));
}

/** In whole pixels. */
function scaled({ width, height }: ImageSize, factor: number): ImageSize {
  return { width: Math.round(width * factor), height: Math.round(height * factor) };
}
