import { expect, it } from 'vitest';
import { chat, startEmulator } from './test-emulator.ts';

/** A chat request the provider refuses, and its words for it. */
export interface RefusalCase {
  name: string;
  /** Put over a request that would pass. */
  fields: object;
  message: string;
  param: string | null;
  code: string | null;
}

export function refuses(cases: readonly RefusalCase[]): void {
  it.each(cases)('refuses $name', async ({ fields, message, param, code }) => {
    const { status, json } = await chat(await startEmulator(), 'Hello', fields);
    expect(json).toEqual({ error: { message, type: 'invalid_request_error', param, code } });
    expect(status).toBe(400);
  });
}

export function accepts(cases: readonly (readonly [name: string, fields: object])[]): void {
  it.each(cases)('accepts %s', async (_name, fields) => {
    const { status, text } = await chat(await startEmulator(), 'Hello', fields);
    expect(status, text).toBe(200);
  });
}
