import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';

/** A container without a prototype: a path may name any key, `__proto__` too. */
type Node = { [key: string]: Node } | Node[] | JsonValue;

/**
 * A call's arguments that come value by value (`partialArgs`), each with the path where it belongs, strings in pieces.
 * The whole is known at the end only: a value may still be put into an object that seemed complete.
 */
export class PartialArguments {
  readonly #root: { [key: string]: Node } = Object.create(null);

  /** Takes the next piece; one that is not of the expected shape says nothing. */
  add(piece: JsonValue): void {
    if (!isJsonObject(piece) || typeof piece.jsonPath !== 'string') return;
    const value = givenValue(piece);
    const [first, ...rest] = stepsOf(piece.jsonPath);
    if (value !== undefined && first !== undefined) put(this.#root, first, rest, value);
  }

  /** The arguments as JSON text. */
  toJson(): string {
    return JSON.stringify(this.#root);
  }
}

function givenValue(piece: JsonObject): JsonValue | undefined {
  if ('nullValue' in piece) return null;
  return piece.stringValue ?? piece.numberValue ?? piece.boolValue;
}

type Step = string | number;

/** The steps of a path such as `$.stops[0].city` or `$['first name']`. */
function stepsOf(path: string): Step[] {
  const steps = path.matchAll(/\.([^.[\]]+)|\[(\d{1,5})\]|\[(?:'([^']*)'|"([^"]*)")\]/g);
  return [...steps].map(([, plain, index, single, double]) =>
    index === undefined ? (plain ?? single ?? double ?? '') : Number(index),
  );
}

function put(
  container: { [key: string]: Node } | Node[],
  step: Step,
  rest: readonly Step[],
  value: JsonValue,
): void {
  const [next, ...further] = rest;
  const known = childOf(container, step);
  if (next === undefined) {
    const isContinued = typeof known === 'string' && typeof value === 'string';
    setChild(container, step, isContinued ? known + value : value);
    return;
  }
  const child = isContainer(known) ? known : emptyFor(next);
  setChild(container, step, child);
  put(child, next, further, value);
}

function isContainer(node: Node | undefined): node is { [key: string]: Node } | Node[] {
  return typeof node === 'object' && node !== null;
}

function emptyFor(step: Step): { [key: string]: Node } | Node[] {
  return typeof step === 'number' ? [] : Object.create(null);
}

function childOf(container: { [key: string]: Node } | Node[], step: Step): Node | undefined {
  return Array.isArray(container) ? container[Number(step)] : container[step];
}

function setChild(container: { [key: string]: Node } | Node[], step: Step, node: Node): void {
  if (Array.isArray(container)) container[Number(step)] = node;
  else container[step] = node;
}
