import { onTestFinished, vi } from 'vitest';
import { createEmulator, type Emulator, type EmulatorOptions, type RecordedRequest } from '../emulator.ts';

interface Call {
  index: number;
  id?: string;
  type?: string;
  function: { name?: string; arguments: string };
}

interface Message {
  role: string;
  content: string | null;
  refusal: null;
  reasoning_content?: string;
  tool_calls?: Call[];
  function_call?: { name: string; arguments: string };
}

interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  completion_tokens_details: { reasoning_tokens: number };
}

interface Choice {
  index: number;
  logprobs: { content: { token: string; top_logprobs: object[] }[] } | null;
  finish_reason: string | null;
}

/** One event of a streamed answer. */
interface Chunk {
  id: string;
  object: string;
  choices: (Choice & { delta: Partial<Message> })[];
  usage?: Usage | null;
  error?: object;
}

/** What the emulator may answer; a test reads what it expects. */
interface AnswerJson {
  id: string;
  object: string;
  model: string;
  service_tier: string;
  choices: (Choice & { message: Message })[];
  usage: Usage;
  error: { message: string; type: string; param: string | null; code: string | number | null };
  data: { id: string; index: number; embedding: number[] | string }[];
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: AnswerJson;
}

/** An emulator for the length of one test. */
export async function startEmulator(options?: EmulatorOptions): Promise<Emulator> {
  const emulator = await createEmulator(options);
  onTestFinished(() => emulator.close());
  return emulator;
}

export async function post(
  emulator: Emulator,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer test-key', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return readAnswer(response);
}

/** Posts a form with a file in it. */
export async function postForm(
  emulator: Emulator,
  path: string,
  fields: Record<string, string>,
  file: { field: string; name: string; content: string } | undefined,
): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file !== undefined) form.append(file.field, new Blob([file.content], { type: 'audio/wav' }), file.name);
  const headers = { authorization: 'Bearer test-key' };
  return readAnswer(await fetch(`${emulator.url}${path}`, { method: 'POST', headers, body: form }));
}

/** Reads an answer whole; its JSON is parsed only when a test looks at it. */
export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text) as AnswerJson;
    },
  };
}

/** Waits until a check passes, long enough for a machine with much else to do. */
export function until<T>(check: () => T): Promise<T> {
  return vi.waitFor(check, { interval: 5, timeout: 4000 });
}

/** Waits for the emulator to have noticed that its first client left before the answer was finished. */
export function leftByClient(emulator: Emulator): Promise<RecordedRequest> {
  return until(() => {
    const [record] = emulator.requests;
    if (record?.closedByClientAt === undefined) throw new Error('Not noticed yet.');
    return record;
  });
}

/** A chat request with one user message. */
export function chatBody(text: string, fields: object = {}): Record<string, unknown> {
  return { model: 'gpt-4o-mini', messages: [{ role: 'user', content: text }], ...fields };
}

export function chat(emulator: Emulator, text: string, fields: object = {}): Promise<Answer> {
  return post(emulator, '/chat/completions', chatBody(text, fields));
}

/** A user text with a directive in it. */
export function emulate(directive: object, text = 'Hello there'): string {
  return `${text} @emulate ${JSON.stringify(directive)}`;
}

/** The payloads of a stream's data lines. */
export function dataLines(text: string): string[] {
  return [...text.matchAll(/^data: (.*?)\r?$/gm)].map(([, data]) => data ?? '');
}

/** The events of a stream whose data are typed, parsed. */
export function typedEvents(text: string): { type: string; [field: string]: unknown }[] {
  return dataLines(text).map((data) => JSON.parse(data) as { type: string });
}

/** The parsed chunks of a stream, without the end marker. */
export function chunksOf(text: string): Chunk[] {
  const payloads = dataLines(text).filter((data) => data !== '[DONE]');
  return payloads.map((data) => JSON.parse(data) as Chunk);
}

/** The text of one choice put together from its chunks. */
export function streamedText(chunks: readonly Chunk[], index = 0): string {
  const choices = chunks.flatMap((chunk) => chunk.choices ?? []);
  return choices
    .filter((choice) => choice.index === index)
    .map((choice) => choice.delta.content ?? '')
    .join('');
}
