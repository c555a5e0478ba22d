import { describe, expect, it } from 'vitest';
import { matchExpert } from '../match-expert.ts';

/** The category of the expert that is chosen among experts of these categories. */
function chosen(categories: readonly string[], ...named: readonly string[]): string | undefined {
  const experts = categories.map((category) => ({ id: category, category, model: 'm' }));
  return matchExpert(experts, named)?.category;
}

describe('the expert for a category', () => {
  it('is the one whose category is the same, in whatever case', () => {
    expect(chosen(['code', 'Code Review'], ' CODE REVIEW ')).toBe('Code Review');
    expect(chosen(['code review', 'code'], 'code')).toBe('code');
  });

  it('is else one whose category is part of it, or that it is part of', () => {
    expect(chosen(['poetry', 'code'], 'writing code')).toBe('code');
    expect(chosen(['poetry', 'code generation'], 'Code')).toBe('code generation');
  });

  it('is of several the one that agrees in the longest text, wherever it stands', () => {
    expect(chosen(['code', 'code review'], 'a code review')).toBe('code review');
    expect(chosen(['code review', 'code'], 'a code review')).toBe('code review');
    expect(chosen(['code', 'code review of changes'], 'code review')).toBe('code review of changes');
  });

  it('is the first of those that agree equally', () => {
    expect(chosen(['code-writing', 'code-review'], 'code')).toBe('code-writing');
  });

  it('is never found by an empty category, on either side', () => {
    expect(chosen(['', ' ', 'code'], 'poetry')).toBeUndefined();
    expect(chosen(['', 'code'], '')).toBeUndefined();
    expect(chosen(['code'], ' ')).toBeUndefined();
  });

  it('is the same one for the second name rather than one like the first', () => {
    expect(chosen(['source code', 'poetry'], 'code', 'poetry')).toBe('poetry');
    expect(chosen(['source code', 'poetry'], 'prose', 'code')).toBe('source code');
  });

  it('may be missing', () => {
    expect(chosen(['code', 'poetry'], 'weather')).toBeUndefined();
  });
});
