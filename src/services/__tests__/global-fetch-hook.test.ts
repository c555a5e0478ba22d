import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGlobalFetchHook, type GlobalFetchHook } from '../global-fetch-hook.ts';

const { fetch: original } = globalThis;
/** Stands for the process's own `fetch`, and says so. */
const plain = answering('the global one');
let hooks: GlobalFetchHook[];

beforeEach(() => {
  globalThis.fetch = plain;
  hooks = [];
});

afterEach(() => {
  for (const hook of hooks) hook.uninstall();
  globalThis.fetch = original;
});

function installed(): GlobalFetchHook {
  const hook = createGlobalFetchHook();
  hook.install();
  hooks.push(hook);
  return hook;
}

function answering(text: string): typeof globalThis.fetch {
  return async () => new Response(text);
}

async function ask(): Promise<string> {
  return (await fetch('http://nobody.invalid')).text();
}

describe('a lent fetch', () => {
  it('is the global one inside the work, and nowhere else', async () => {
    const hook = installed();
    const inside = hook.run(answering('lent'), ask);
    expect(await Promise.all([ask(), inside, ask()])).toEqual(['the global one', 'lent', 'the global one']);
  });

  it('stays it behind an await, and for each of several pieces of work its own', async () => {
    const hook = installed();
    const late = async () => {
      await sleep(1);
      return ask();
    };
    const both = [hook.run(answering('first'), late), hook.run(answering('second'), late)];
    expect(await Promise.all(both)).toEqual(['first', 'second']);
  });

  it('may itself use the global one', async () => {
    const hook = installed();
    expect(await hook.run((input, init) => fetch(input, init), ask)).toBe('the global one');
  });

  it('is given what was asked for', async () => {
    const hook = installed();
    const echo: typeof globalThis.fetch = async (input, init) =>
      new Response(`${String(input)} ${init?.method}`);
    const answer = await hook.run(echo, () => fetch('http://nobody.invalid/a', { method: 'POST' }));
    expect(await answer.text()).toBe('http://nobody.invalid/a POST');
  });

  it('needs an installed hook: without one the work would reach the network by itself', () => {
    expect(() => createGlobalFetchHook().run(plain, ask)).toThrow(
      expect.objectContaining({ code: 'internal_error' }),
    );
  });
});

describe('installing and uninstalling', () => {
  it('leaves the process as it was', () => {
    const hook = installed();
    hook.install();
    expect(globalThis.fetch).not.toBe(plain);
    hook.uninstall();
    hook.uninstall();
    expect(globalThis.fetch).toBe(plain);
  });

  it('leaves nothing of two gateways, where the second one ends first', () => {
    const [first, second] = [installed(), installed()];
    second.uninstall();
    first.uninstall();
    expect(globalThis.fetch).toBe(plain);
  });

  it('keeps two gateways apart', async () => {
    const [first, second] = [installed(), installed()];
    const nested = first.run(answering('first'), () => second.run(answering('second'), ask));
    expect(await Promise.all([first.run(answering('first'), ask), nested])).toEqual(['first', 'second']);
  });

  it('keeps the second gateway going where the first one ends first', async () => {
    const [first, second] = [installed(), installed()];
    first.uninstall();
    expect(await second.run(answering('second'), ask)).toBe('second');
    expect(await ask()).toBe('the global one');
    second.uninstall();
    expect(await ask()).toBe('the global one');
  });

  it('can be done again, under the wrapper of another too', async () => {
    const [first] = [installed(), installed()];
    first.uninstall();
    first.install();
    expect(await first.run(answering('first'), ask)).toBe('first');
    expect(await ask()).toBe('the global one');
  });
});
