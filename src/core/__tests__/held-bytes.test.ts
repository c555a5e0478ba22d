import { describe, expect, it, vi } from 'vitest';
import { HeldBytes } from '../held-bytes.ts';

describe('bytes that are held', () => {
  it('are joined with what comes, which is not held before it is kept', () => {
    const held = new HeldBytes();
    expect(held.join(Buffer.from('ab')).toString()).toBe('ab');
    expect(held.length).toBe(0);
    held.keep(Buffer.from('ab'));
    expect(held.join(Buffer.from('cd')).toString()).toBe('abcd');
    expect(held.length).toBe(2);
    expect(held.join(Buffer.from('ef')).toString()).toBe('abef');
  });

  it('never write into what was given out', () => {
    const held = new HeldBytes();
    held.keep(Buffer.from('ab'));
    const first = held.join(Buffer.from('cdefgh'));
    held.keep(first.subarray(4));
    const second = held.join(Buffer.from('X'));
    held.keep(second);
    held.join(Buffer.from('YY'));
    expect(first.toString()).toBe('abcdefgh');
    expect(second.toString()).toBe('efghX');
  });

  it('are gone when they are taken', () => {
    const held = new HeldBytes();
    held.keep(Buffer.from('ab'));
    expect(held.take().toString()).toBe('ab');
    expect(held.length).toBe(0);
    expect(held.join(Buffer.from('c')).toString()).toBe('c');
  });

  it('are copied in proportion to what comes, and not for each piece', () => {
    const copied = vi.spyOn(Buffer.prototype, 'copy');
    const allocated = vi.spyOn(Buffer, 'allocUnsafe');
    const held = new HeldBytes();
    for (let pieces = 0; pieces < 4_096; pieces += 1) held.keep(held.join(Buffer.alloc(1_024, 'x')));
    expect(held.length).toBe(4_096 * 1_024);
    // A copy of each piece, and one of all at every doubling.
    expect(copied.mock.calls.length).toBeLessThan(4_096 + 32);
    const bytes = allocated.mock.calls.reduce((sum, [size]) => sum + size, 0);
    expect(bytes).toBeLessThan(4 * held.length);
    vi.restoreAllMocks();
  });
});
