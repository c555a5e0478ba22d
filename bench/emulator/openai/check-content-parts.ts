import {
  checkEnum,
  checkMembers,
  checkObject,
  checkString,
  invalidValue,
  type JsonObject,
  missing,
} from './check-value.ts';
import { badRequest } from './refusal.ts';

const PART_TYPES = ['text', 'image_url', 'input_audio', 'refusal', 'audio', 'file'];

/** What each role may say in parts. */
const ROLE_PARTS: Record<string, readonly string[]> = {
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
};

/** Kinds of data a part may carry in itself, in the words of the refusal. */
const IMAGE = {
  fault: 'Invalid image URL',
  types: ['image/png', 'image/jpeg', 'image/gif', 'image/webp'],
  expected: "image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')",
};
const PDF = {
  fault: 'Invalid file data',
  types: ['application/pdf'],
  expected: "application/pdf MIME type (e.g. 'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ==')",
};

/**
 * Checks the parts of a message's content. An empty list passes: the provider takes it.
 *
 * @param message where the message stands, as `messages[0]`
 */
export function checkContentParts(parts: readonly unknown[], role: string, message: string): void {
  for (const [index, part] of parts.entries()) {
    const param = `${message}.content[${index}]`;
    checkObject(part, param);
    if (part.type === undefined) throw missing(`${param}.type`);
    checkEnum(part.type, `${param}.type`, PART_TYPES);
    checkAllowed(String(part.type), role, message, param);
    checkPart(part, param);
  }
}

function checkAllowed(type: string, role: string, message: string, param: string): void {
  const allowed = ROLE_PARTS[role] ?? ['text'];
  if (allowed.includes(type)) return;
  if (type !== 'image_url') throw invalidValue(`${param}.type`, type, allowed);
  const text = `Invalid '${message}'. Image URLs are only allowed for messages with role 'user', but this message with role '${role}' contains an image URL.`;
  throw badRequest(text, message, 'invalid_value');
}

function checkPart(part: JsonObject, param: string): void {
  const type = String(part.type);
  checkMembers(part, param, new Set(['type', type, 'prompt_cache_breakpoint']));
  if (part[type] === undefined) throw missing(`${param}.${type}`);
  if (type === 'image_url') checkImage(part[type], `${param}.image_url`);
  else if (type === 'input_audio') checkAudio(part[type], `${param}.input_audio`);
  else if (type === 'file') checkFile(part[type], `${param}.file`);
  else checkString(part[type], `${param}.${type}`);
}

function checkImage(image: unknown, param: string): void {
  checkObject(image, param);
  checkMembers(image, param, new Set(['url', 'detail']));
  if (image.url === undefined) throw missing(`${param}.url`);
  checkString(image.url, `${param}.url`);
  if (image.detail !== undefined) checkEnum(image.detail, `${param}.detail`, ['auto', 'low', 'high']);
  if (!/^https?:\/\/./.test(image.url)) checkData(image.url, `${param}.url`, IMAGE);
}

function checkAudio(audio: unknown, param: string): void {
  checkObject(audio, param);
  checkMembers(audio, param, new Set(['data', 'format']));
  if (audio.data === undefined) throw missing(`${param}.data`);
  checkString(audio.data, `${param}.data`);
  if (audio.format === undefined) throw missing(`${param}.format`);
  checkEnum(audio.format, `${param}.format`, ['wav', 'mp3']);
}

function checkFile(file: unknown, param: string): void {
  checkObject(file, param);
  checkMembers(file, param, new Set(['file_id', 'file_data', 'filename']));
  for (const key in file) checkString(file[key], `${param}.${key}`);
  if (file.file_id === undefined && file.file_data === undefined) throw missing(`${param}.file_id`);
  if (file.file_data !== undefined) checkData(String(file.file_data), `${param}.file_data`, PDF);
}

function checkData(url: string, param: string, kind: typeof IMAGE): void {
  const type = /^data:([^;,]*);base64,/.exec(url)?.[1];
  if (type !== undefined && kind.types.includes(type)) return;
  const but = type === undefined ? "a value without the 'data:' prefix" : `unsupported MIME type '${type}'`;
  const text = `${kind.fault}: '${param}'. Expected a base64-encoded data URL with an ${kind.expected}, but got ${but}.`;
  throw badRequest(text, param, 'invalid_value');
}
