import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../core/json.ts';
import { describeBody, MAX_BODY_BYTES } from '../describe-body.ts';

const described = (value: JsonValue): unknown => JSON.parse(describeBody(value));

describe('a body in the log', () => {
  it('is itself where it is short', () => {
    const body = {
      model: 'gpt',
      messages: [{ role: 'user', content: 'It’s 上游 👍' }],
      temperature: 0,
      tools: [],
      stop: null,
      stream: true,
    };
    expect(described(body)).toEqual(body);
  });

  it('keeps a long text whole where it is the only one', () => {
    const body = { messages: [{ role: 'user', content: 'word '.repeat(6_000) }] };
    expect(described(body)).toEqual(body);
  });

  it('D1 has each of its long texts cut, wherever they stand, at the border of a character', () => {
    const long = '上'.repeat(20_000);
    const body = { system: long, messages: [{ content: long }, { content: 'short' }], last: 'there' };
    const cut = `${'上'.repeat(1_365)}… (18635 characters more)`;
    expect(described(body)).toEqual({
      system: cut,
      messages: [{ content: cut }, { content: 'short' }],
      last: 'there',
    });
  });

  it('D1 says of every text that was cut how much is missing, also of one with few characters of many bytes', () => {
    const [short, long] = ['上'.repeat(3_000), '上'.repeat(8_000)];
    const { messages } = described({ messages: [short, long, short, 'short'] }) as { messages: string[] };
    expect(messages).toEqual([
      `${'上'.repeat(1_365)}… (1635 characters more)`,
      `${'上'.repeat(1_365)}… (6635 characters more)`,
      `${'上'.repeat(1_365)}… (1635 characters more)`,
      'short',
    ]);
  });

  it('has no pictures, whichever way they are sent', () => {
    const base64 = 'iVBORw0KGgo'.repeat(200);
    const body = { image_url: { url: `data:image/png;base64,${base64}` }, source: { data: base64 } };
    expect(described(body)).toEqual({
      image_url: {
        url: expect.stringMatching(/^data:image\/png;base64,iVBOR.{37}… \(\d+ characters more\)$/),
      },
      source: { data: expect.stringMatching(/^iVBOR.{59}… \(\d+ characters more\)$/) },
    });
  });

  it('has the rest of a list counted that is too long', () => {
    const list = Array.from({ length: 100_000 }, () => 'word');
    const { input } = described({ input: list }) as { input: string[] };
    const rest = input.at(-1) ?? '';
    expect(rest).toMatch(/^… \(\d+ more\)$/);
    expect(Number(/\d+/.exec(rest)) + input.length - 1).toBe(100_000);
  });

  it.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'authorization_token',
    'api_key',
    'apiKey',
    'x-api-key',
    'x-goog-api-key',
    'access_token',
    'client_secret',
    'password',
    'cookie',
  ])('has nothing of a credential that is handed on as %s', (name) => {
    const tool = { type: 'mcp', server_url: 'https://tools.example', headers: { [name]: 'hush-hush' } };
    expect(described({ tools: [tool] })).toEqual({
      tools: [{ ...tool, headers: { [name]: '[redacted]' } }],
    });
  });

  it('keeps the description of a field that is called like one', () => {
    const schema = { properties: { password: { type: 'string' } }, required: ['password'] };
    expect(described(schema)).toEqual(schema);
  });

  it('D1 always fits, whatever is in it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(3_000), (value, times) => {
        const body = { value, list: Array.from({ length: times }, () => value) } as JsonValue;
        expect(Buffer.byteLength(describeBody(body))).toBeLessThanOrEqual(MAX_BODY_BYTES);
      }),
      { numRuns: 50 },
    );
  });

  it('D1 fits where nothing but its names is long', () => {
    const body = { ['上'.repeat(30_000)]: 1, other: 2 };
    expect(Buffer.byteLength(describeBody(body))).toBeLessThanOrEqual(MAX_BODY_BYTES);
  });
});
