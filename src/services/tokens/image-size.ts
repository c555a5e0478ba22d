/** Of a picture, in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Base64 characters that hold the size in every kind that is read. */
const HEAD_CHARACTERS = 64;

/** The size in a picture's data URL; undefined where it is another URL, or none of the kinds that are read. */
export function sizeInDataUrl(url: string): ImageSize | undefined {
  const base64 = /^data:image\/[a-z+]+;base64,(.{44,64})/.exec(url)?.[1];
  return base64 === undefined ? undefined : sizeInBase64(base64);
}

/** The first bytes of each kind of picture say its size; a JPEG's does so further on, and is not looked for. */
export function sizeInBase64(base64: string): ImageSize | undefined {
  // Fewer than the characters promise, where some of them are none of the encoding's.
  const bytes = Buffer.from(base64.slice(0, HEAD_CHARACTERS), 'base64');
  if (bytes.length >= 24 && bytes.toString('latin1', 1, 4) === 'PNG')
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.length >= 10 && bytes.toString('latin1', 0, 3) === 'GIF')
    return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  return undefined;
}
