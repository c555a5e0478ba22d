import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../core/secret.ts';
import { createLogger } from '../logger.ts';

function collecting(level: string) {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
  return { logger: createLogger(level, destination), lines };
}

describe('createLogger', () => {
  it('writes one JSON line a record, with the fields of its parents', () => {
    const { logger, lines } = collecting('info');
    logger.child({ requestId: 'req_1' }).info({ path: 'litellm' }, 'request');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 30,
      msg: 'request',
      requestId: 'req_1',
      path: 'litellm',
    });
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = collecting('warn');
    logger.debug({}, 'no');
    logger.info({}, 'no');
    logger.warn({}, 'yes');
    logger.error({}, 'yes');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['yes', 'yes']);
  });

  it('says what an error was, with its cause', () => {
    const { logger, lines } = collecting('info');
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(JSON.parse(lines[0] ?? '').err).toMatchObject({
      type: 'Error',
      message: expect.stringContaining('outer'),
    });
    expect(lines[0]).toContain('inner');
  });

  it.each([
    ['a Secret', { value: new Secret('sk-hidden') }],
    ['a Secret within', { provider: { key: { deep: new Secret('sk-hidden') } } }],
    ['a Secret in a list', { list: [new Secret('sk-hidden')] }],
    ['authorization', { authorization: 'Bearer sk-hidden' }],
    ['headers', { headers: { 'x-api-key': 'sk-hidden' } }],
    ['an API key', { apiKey: 'sk-hidden' }],
    ['an API key of a file', { api_key: 'sk-hidden' }],
    ['a password', { password: 'sk-hidden' }],
    ['a token', { token: 'sk-hidden' }],
    ['an API key within', { provider: { apiKey: 'sk-hidden' } }],
    ['authorization within', { request: { authorization: 'sk-hidden' } }],
  ])('never writes %s', (_, fields) => {
    const { logger, lines } = collecting('info');
    logger.info(fields, 'record');
    logger.child(fields).info({}, 'record');
    expect(lines.join('')).not.toContain('sk-hidden');
    expect(lines[0]).toContain('[redacted]');
  });
});
