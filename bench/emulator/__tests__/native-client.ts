import type { Emulator } from '../emulator.ts';
import { dataLines } from './test-emulator.ts';

/** An answer of an API that is not OpenAI's. */
export interface NativeAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; only to be read where it is JSON. */
  readonly json: unknown;
  /** The data of each server-sent event, parsed. */
  readonly events: unknown[];
}

/** Posts JSON to a whole path, as `/v1beta/models/m:generateContent`; a string goes out as it is. */
export async function postNative(
  emulator: Emulator,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<NativeAnswer> {
  const response = await fetch(new URL(path, emulator.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text);
    },
    get events() {
      return dataLines(text).map((data) => JSON.parse(data));
    },
  };
}

/** Posts to a method of one of Gemini's models. */
export function gemini(
  emulator: Emulator,
  method: string,
  body: unknown,
  model = 'gemini-2.5-flash',
): Promise<NativeAnswer> {
  return postNative(emulator, `/v1beta/models/${model}:${method}`, body, { 'x-goog-api-key': 'test-key' });
}

/** A request of Gemini's with one user turn. */
export function contentsOf(text: string, fields: object = {}): object {
  return { contents: [{ role: 'user', parts: [{ text }] }], ...fields };
}

/** Posts to Anthropic's messages. */
export function claude(emulator: Emulator, body: unknown, path = '/v1/messages'): Promise<NativeAnswer> {
  return postNative(emulator, path, body, { 'x-api-key': 'test-key', 'anthropic-version': '2023-06-01' });
}

/** A request of Anthropic's with one user turn. */
export function messagesOf(text: string, fields: object = {}): object {
  return {
    model: 'claude-sonnet-4-5',
    max_tokens: 100,
    messages: [{ role: 'user', content: text }],
    ...fields,
  };
}
