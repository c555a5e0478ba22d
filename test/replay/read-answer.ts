/** A call of a tool, as a client would carry it out. */
export interface ReadToolCall {
  readonly name: string;
  /** The arguments as parsed JSON, or as they are where they are no JSON. */
  readonly arguments: unknown;
}

/** One choice of an answer. */
export interface ReadChoice {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly ReadToolCall[];
  readonly finishReason: string | undefined;
}

/** Token counts: `cached` is part of `prompt`, `reasoning` of `completion`. */
export interface ReadCounts {
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly reasoning: number;
}

/** What an answer says, in whatever dialect it was said. */
export interface ReadAnswer {
  readonly choices: readonly ReadChoice[];
  readonly usage: ReadCounts | undefined;
}

interface OpenCall {
  readonly name: string;
  json: string;
}

/** A choice that is being put together from pieces. */
export class OpenChoice {
  text = '';
  reasoning = '';
  refusal = '';
  finishReason: string | undefined;
  readonly #calls = new Map<number, OpenCall>();

  /** Begins the call where it is new, and adds a piece of its arguments. */
  addToCall(index: number, name: string, json: string): void {
    const call = this.#calls.get(index) ?? { name, json: '' };
    call.json += json;
    this.#calls.set(index, call);
  }

  /** The choice as it is now. */
  read(): ReadChoice {
    const { text, reasoning, refusal, finishReason } = this;
    const calls = [...this.#calls.entries()].sort(([one], [other]) => one - other);
    const toolCalls = calls.map(([, { name, json }]) => ({ name, arguments: parsed(json) }));
    return { text, reasoning, refusal, toolCalls, finishReason };
  }
}

/** The arguments of a call; an empty text is a call without arguments. */
export function parsed(json: string): unknown {
  if (json === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
