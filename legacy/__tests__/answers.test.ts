import { describe, expect, it } from 'vitest';
import { startLocalServer } from '../../test/support/local-server.ts';
import { answers } from '../answers.ts';

describe('answers', () => {
  it.each([
    [200, true],
    [404, false],
    [500, false],
  ])('of a gateway whose first page has the status %i: %s', async (status, expected) => {
    const url = await startLocalServer((_, response) => response.writeHead(status).end('AI Gateway'));
    expect(await answers(url)).toBe(expected);
  });

  it('takes a redirect for an answer, and follows it nowhere', async () => {
    let asked = 0;
    const elsewhere = await startLocalServer((_, response) => {
      asked += 1;
      response.end();
    });
    const url = await startLocalServer((_, response) =>
      response.writeHead(302, { location: elsewhere }).end(),
    );
    expect(await answers(url)).toBe(true);
    expect(asked).toBe(0);
  });

  it('is false where nothing listens', async () => {
    expect(await answers('http://127.0.0.1:9')).toBe(false);
  });
});
