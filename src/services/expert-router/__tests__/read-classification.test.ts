import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassificationError } from '../expert-decision.ts';
import { readClassification } from '../read-classification.ts';

describe('a classifier’s answer', () => {
  it.each([
    ['{"type":"code"}', ['code']],
    ['{"category":"code"}', ['code']],
    ['{"type":" code ","category":"poetry"}', ['code', 'poetry']],
    ['{"type":7,"category":"code"}', ['code']],
    ['{"type":"","category":"code"}', ['code']],
  ])('names in %s its type, and its category (M6)', (answer, named) => {
    expect(readClassification(answer)).toEqual(named);
  });

  it.each([
    '```json\n{"type":"code"}\n```',
    '```\n{"type":"code"}\n```',
    'Here it is:\n```JSON\n{"type":"code"}```\nAnything else?',
    'The category is {"type":"code"}.',
    '<think>{"type":"poetry"}? No, they want code.</think>\n{"type":"code"}',
  ])('is found in %j', (answer) => {
    expect(readClassification(answer)).toEqual(['code']);
  });

  it.each([
    ['{"type":"what\'s new"}', "what's new"],
    ["{'type': 'what's new'}", "what's new"],
    ["{'type': 'what\\'s new'}", "what's new"],
    ["{'type': \"what's new\"}", "what's new"],
  ])('keeps its apostrophes in %s (M6)', (answer, name) => {
    expect(readClassification(answer)).toEqual([name]);
  });

  it.each([
    "{'type': 'code'}",
    '{"type": "code",}',
    "{'type': 'code', 'why': 'say \"hi\"', }",
    "{'why': ['a', 'b',], 'type': 'code'}",
  ])('is repaired where it is nearly JSON: %s', (answer) => {
    expect(readClassification(answer)).toEqual(['code']);
  });

  it.each([
    '',
    'code',
    '"code"',
    '["code"]',
    'null',
    '{}',
    '{"type":null}',
    '{"type":{"name":"code"}}',
    '{"kind":"code"}',
    '{"type":"code"',
    '}{',
    '{"a":1} {"type":"code"}',
    '{type: "code"}',
    `${'{"a":'.repeat(50_000)}`,
  ])('is refused where it names nothing: %j', (answer) => {
    expect(() => readClassification(answer)).toThrow(ClassificationError);
  });

  it('is never run (M6)', () => {
    const answer = '{"type": (() => { globalThis.wasRun = true; return "code"; })()}';
    expect(() => readClassification(answer)).toThrow(ClassificationError);
    expect(globalThis).not.toHaveProperty('wasRun');
  });

  it('names something or is refused, whatever it is', () => {
    const nearly = fc
      .array(
        fc.constantFrom('{', '}', '"', "'", ':', ',', '\\', '[', ']', 'type', 'code', '\n', '</think>', '`'),
      )
      .map((tokens) => tokens.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), nearly), (answer) => {
        expect(namesOrRefuses(answer)).toBe(true);
      }),
    );
  });
});

function namesOrRefuses(answer: string): boolean {
  try {
    return readClassification(answer).every((name) => name.trim() !== '');
  } catch (error) {
    return error instanceof ClassificationError && error.fault === 'unparsable';
  }
}
