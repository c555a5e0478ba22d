import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, parseJson } from '../../core/json.ts';
import { Secret } from '../../core/secret.ts';
import { toErrorAnswer, withoutKey, withoutKeyInside } from '../error-answer.ts';

const KEY = 'sk-proj-0123456789abcdefWXYZ';

/** The answer to a provider's body, by the way the relay takes. */
function answerTo(status: number, text: string, key = KEY) {
  const given = parseJson(text);
  const sent = isJsonObject(given) && isJsonObject(given.error) ? given.error : undefined;
  return toErrorAnswer(status, sent, text, new Secret(key));
}

const told = (message: string, code: string | null) => ({ message, type: 'api_error', param: null, code });

const refusal = (message: string) =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', code: 'c' } });

describe("a provider's error", () => {
  it('of OpenAI keeps all its fields', () => {
    const error = { message: 'Bad.', type: 'tokens', param: 'messages', code: 'too_long', extra: { a: [1] } };
    expect(answerTo(400, JSON.stringify({ error }))).toEqual({ error });
  });

  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [404, 'invalid_request_error'],
    [422, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [503, 'api_error'],
  ])('of HTTP %i without a type gets the type %s', (status, type) => {
    expect(answerTo(status, '{"error":{"message":"Bad."}}')).toEqual({
      error: { message: 'Bad.', type, param: null, code: null },
    });
  });

  it.each([
    ['error as text (xAI)', '{"code":"invalid-argument","error":"Incorrect."}', 'Incorrect.'],
    ['message at the top (Cohere)', '{"id":"1","message":"invalid api token"}', 'invalid api token'],
    ['detail at the top (Mistral)', '{"detail":"Invalid API Key"}', 'Invalid API Key'],
    ['plain text', '  upstream connect error\n', 'upstream connect error'],
  ])('with its %s is told in its own words', (_, text, message) => {
    expect(answerTo(401, text)).toMatchObject({
      error: { message, type: 'authentication_error', code: 'invalid_api_key' },
    });
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['JSON without an error', '{"status":"down"}'],
    ['a list', '[{"loc":["body"]}]'],
    ['JSON text', '"down"'],
    ['a list of details (FastAPI)', '{"detail":[{"msg":"field required"}]}'],
    ['null', 'null'],
  ])('that is %s is told by its status alone', (_, text) => {
    expect(answerTo(502, text)).toEqual({
      error: told('The provider answered with HTTP 502.', 'bad_gateway'),
    });
  });

  it('without a message is told by its status, and keeps that it has no code', () => {
    expect(answerTo(502, '{"error":{"code":null}}')).toEqual({
      error: told('The provider answered with HTTP 502.', null),
    });
  });

  it.each([
    ['an HTML page', '<!DOCTYPE html><html><body>nginx/1.2 at 10.0.0.7</body></html>'],
    ['an indented HTML page', '\n  <html><h1>502</h1></html>'],
    ['XML', '<?xml version="1.0"?><Error/>'],
  ])('that is %s is told to be one, and nothing of it', (_, text) => {
    expect(answerTo(502, text)).toEqual({
      error: told('The provider answered with an HTML page (HTTP 502).', 'bad_gateway'),
    });
  });

  it('that is the page of a firewall says that access was denied', () => {
    expect(answerTo(403, '<html>Blocked</html>')).toMatchObject({
      error: { type: 'permission_error', code: 'access_denied' },
    });
  });

  it('keeps a numeric code as it is', () => {
    expect(answerTo(429, '{"error":{"message":"Slow.","code":429}}')).toMatchObject({ error: { code: 429 } });
  });

  it('has a message of 600 characters at most', () => {
    const { error } = answerTo(400, refusal('x'.repeat(10_000)));
    expect(isJsonObject(error) ? error.message : undefined).toBe('x'.repeat(600));
    expect(JSON.stringify(answerTo(500, 'y'.repeat(10_000))).length).toBeLessThan(800);
  });
});

describe("the account's key", () => {
  it.each([
    ['in whole', `Incorrect API key provided: ${KEY}. You can find`],
    ['twice', `${KEY} is not ${KEY}`],
    [
      'with its middle left out',
      'Incorrect API key provided: sk-proj-********************WXYZ. You can find',
    ],
    ['with its middle left out and a letter before', 'Key (sk-p***WXYZ) is wrong'],
    ['with all but its end left out (DeepSeek)', 'Authentication Fails, Your api key: ****WXYZ is invalid'],
    ['with all but two letters left out (xAI)', 'Incorrect API key provided: sk***YZ.'],
  ])('is cut out of a message that quotes it %s', (_, message) => {
    const text = JSON.stringify(answerTo(401, refusal(message)));
    expect(text).toContain('[redacted]');
    expect(text).not.toMatch(/sk-p|WXYZ|YZ\b|sk\*/);
  });

  it('is cut out of plain text and before the message is shortened', () => {
    expect(JSON.stringify(answerTo(401, `bad key ${KEY}`))).not.toContain('0123456789');
    expect(JSON.stringify(answerTo(401, refusal(`${'x'.repeat(590)}${KEY}`)))).not.toContain('sk-proj');
  });

  it('is cut out of every other field, too', () => {
    const error = {
      message: 'Bad.',
      type: KEY,
      param: KEY,
      code: `code ${KEY}`,
      metadata: { raw: `{"key":"${KEY}"}`, list: [{ deep: KEY }] },
    };
    expect(JSON.stringify(answerTo(401, JSON.stringify({ error })))).not.toContain(KEY);
  });

  it('that has signs of regular expressions is cut out literally', () => {
    const odd = 'a.*(b[c$d^e+f?g|h\\';
    expect(answerTo(401, refusal(`key ${odd} and a.*(bXX`), odd)).toMatchObject({
      error: { message: 'key [redacted] and a.*(bXX' },
    });
  });

  it('that is very short does not garble the message', () => {
    expect(answerTo(401, refusal('no answer'), 'n')).toMatchObject({ error: { message: 'no answer' } });
  });
});

describe('an object that may quote the key', () => {
  const inside = (given: JsonObject, key = KEY) => withoutKeyInside(given, new Secret(key));

  it('is the same object where it does not', () => {
    const given = { error: { message: 'Bad.', list: [1, null, { deep: true }] } };
    expect(inside(given)).toBe(given);
  });

  it('loses it in whole and masked, in fields and in their names', () => {
    const given = {
      error: { message: `no ${KEY}`, hint: 'sk-pr***WXYZ is no key', list: [KEY] },
      [KEY]: `line\n${KEY}`,
    };
    expect(inside(given)).toEqual({
      error: { message: 'no [redacted]', hint: '[redacted] is no key', list: ['[redacted]'] },
      '[redacted]': 'line\n[redacted]',
    });
  });

  it('stays readable where the key is part of what JSON escapes', () => {
    expect(inside({ message: 'a\nope' }, 'nope')).toEqual({ message: 'a\nope' });
    expect(inside({ message: 'a "b\\c" d' }, '"b\\c"')).toEqual({ message: 'a [redacted] d' });
  });

  it.each(['', 'o', 'ok'])('is left alone where the key is %j, which is no secret', (key) => {
    const given = { message: 'ok, so no go', code: 'o' };
    expect(inside(given, key)).toBe(given);
  });
});

describe('a text with masked keys', () => {
  it('loses each of them and nothing else, however long', () => {
    const long = 'word '.repeat(1_000);
    expect(withoutKey(`${long}sk-a***b, x****\n***y ${long}`, new Secret(KEY))).toBe(
      `${long}[redacted], [redacted]\n[redacted] ${long}`,
    );
  });

  it('is not slow to search, whatever it is made of', () => {
    const text = `${'sk-'.repeat(500_000)}***${'a'.repeat(500_000)}`;
    expect(withoutKey(text, new Secret(KEY))).toHaveLength(text.length - 203 + '[redacted]'.length);
  });
});
