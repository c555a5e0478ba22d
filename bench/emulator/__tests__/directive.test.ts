import { describe, expect, it } from 'vitest';
import { readDirective } from '../directive.ts';
import { chat, startEmulator } from './test-emulator.ts';

describe('reading', () => {
  it('finds nothing in a plain text', () => {
    expect(readDirective(' Hello ')).toEqual({ directive: undefined, rest: ' Hello ' });
  });

  it('takes the directive out of the text around it', () => {
    const { directive, rest } = readDirective('Hello @emulate {"status": 500} there');
    expect(directive).toEqual({ status: 500 });
    expect(rest).toBe('Hello there');
  });

  it('reads braces and quotes inside strings', () => {
    const text = String.raw`@emulate {"text": "a } \" {", "toolCalls": [{"name": "f", "arguments": "{}"}]}`;
    expect(readDirective(text).directive).toEqual({
      text: 'a } " {',
      toolCalls: [{ name: 'f', arguments: '{}' }],
    });
  });
});

describe('a directive that cannot be followed', () => {
  it.each([
    [
      'an unknown field',
      '@emulate {"stauts": 500}',
      'Invalid @emulate directive: Unrecognized key: "stauts".',
    ],
    ['bad JSON', '@emulate {"status": 500,}', /^Invalid @emulate directive: bad JSON \(.*\)\.$/],
    ['no JSON', '@emulate', '@emulate must be followed by a complete JSON object.'],
    ['half a JSON', '@emulate {"status": 500', '@emulate must be followed by a complete JSON object.'],
    ['another type', '@emulate {"status": "500"}', /status: Invalid input: expected number, received string/],
    [
      'a status that is no error',
      '@emulate {"status": 200}',
      /^Invalid @emulate directive: status: Too small/,
    ],
    [
      'an unknown choice',
      '@emulate {"hang": "forever"}',
      /^Invalid @emulate directive: hang: Invalid option/,
    ],
    [
      'a stream fault without a stream',
      '@emulate {"errorFirstEvent": true}',
      'errorFirstEvent needs a streamed request.',
    ],
    ['another one', '@emulate {"errorMidStream": true}', 'errorMidStream needs a streamed request.'],
  ])('is refused for %s', async (_name, text, message) => {
    const emulator = await startEmulator();
    const { status, json } = await chat(emulator, text);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_emulate_directive' });
    expect(json.error.message).toMatch(message);
  });

  it('does not hide that the request itself is refused', async () => {
    const emulator = await startEmulator();
    const { status, json } = await chat(emulator, '@emulate {"status": 503}', { top_k: 1 });
    expect(status).toBe(400);
    expect(json.error.message).toBe('Unrecognized request argument supplied: top_k');
  });
});
