import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

const REPOSITORY_ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = resolve(REPOSITORY_ROOT, process.env.FIXTURES_DIR ?? '../shared/fixtures');

/** Whether the recorded provider traffic is on this machine; it is no part of the repository. */
export const HAS_RECORDINGS = existsSync(join(FOLDER, 'INDEX.md'));

/** To be put into the name of what needs the recordings, so that a skipped run says why. */
export const MISSING_RECORDINGS = HAS_RECORDINGS ? '' : ' (skipped: the folder FIXTURES_DIR is not there)';

/** Names of a provider's recordings with this ending; none where there are no recordings at all. */
export function recordingNames(provider: string, ending: string): string[] {
  if (!HAS_RECORDINGS) return [];
  return readdirSync(join(FOLDER, provider))
    .filter((name) => name.endsWith(ending))
    .sort();
}

/** A row of the recordings' index. */
export interface IndexedRecording {
  /** Below the folder of the recordings. */
  readonly path: string;
  /** How the file is laid out, in the words of FORMAT.md. */
  readonly kind: string;
  /** How it came to be, by one of FORMAT.md's codes: `REC` is provider traffic as it was. */
  readonly origin: string;
}

/** What the index says of every recording; nothing where there are no recordings at all. */
export function indexedRecordings(): IndexedRecording[] {
  if (!HAS_RECORDINGS) return [];
  const rows = readFileSync(join(FOLDER, 'INDEX.md'), 'utf8').split('\n').slice(1);
  const cells = rows.map((row) => row.split(' | '));
  return cells
    .filter(([, , path]) => path !== undefined && /^[a-z-]+\/./.test(path))
    .map(([, , path = '', kind = '', origin = '']) => ({ path, kind, origin }));
}

/** Paths of all files that lie in the providers' folders, indexed or not. */
export function recordingPaths(): string[] {
  if (!HAS_RECORDINGS) return [];
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => recordingNames(name, '').map((file) => `${name}/${file}`));
}

/** A recording's bytes as they lie there. */
export function readRecording(path: string): Buffer {
  return readFileSync(join(FOLDER, path));
}

/**
 * The body of a recorded event stream: an `.sse` file as it is, of a cassette the first body that is a stream.
 * @param path below the folder of the recordings
 */
export function recordedStream(path: string): Buffer {
  const bytes = readRecording(path);
  if (path.endsWith('.sse')) return bytes;
  const documents: readonly { toJS(): unknown }[] = parseAllDocuments(bytes.toString('utf8'));
  const body = firstStream(documents.map((document) => document.toJS()));
  if (body === undefined) throw new Error(`There is no event stream in ${path}.`);
  return Buffer.from(body);
}

function firstStream(node: unknown): string | undefined {
  if (typeof node === 'string') return /^(: .*|data: .*)\r?\n/.test(node) ? node : undefined;
  if (typeof node !== 'object' || node === null) return undefined;
  for (const child of Object.values(node)) {
    const found = firstStream(child);
    if (found !== undefined) return found;
  }
  return undefined;
}
