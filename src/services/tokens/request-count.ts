import { setImmediate } from 'node:timers/promises';
import { cutLongRuns } from './cut-long-runs.ts';
import type { CountWords } from './encodings.ts';

/** How much of a request's texts is looked at, in characters; what is beyond is taken in proportion. */
const MAX_OF_REQUEST = 64 * 1024;
/** How much of one of them. */
const MAX_OF_TEXT = 16 * 1024;
/** A longer text is looked at in places that lie evenly, since it may be of several kinds. */
const PLACES = 4;
/** What looking at a text costs beside its characters, in their cost: a request may have millions of short ones. */
const COST_OF_TEXT = 8;
/** How long the count may keep everything else in the process waiting, in milliseconds. */
const SLICE_MS = 5;
/** Of ordinary English. */
const CHARACTERS_PER_TOKEN = 4;

/** The count of one request's texts, whose cost is bounded whatever they are. */
export class RequestCount {
  readonly #countWords: CountWords;
  #left = MAX_OF_REQUEST;
  #sliceEndsAt = 0;

  constructor(countWords: CountWords) {
    this.#countWords = countWords;
  }

  /** The tokens of the texts: of each where the request's others have left enough to look at, else in proportion. */
  async countTexts(texts: readonly string[]): Promise<number> {
    let tokens = 0;
    let characters = 0;
    for (const text of texts) {
      if (this.#left <= 0) break;
      tokens += await this.#countText(text);
      characters += text.length;
    }
    return tokens + inProportion(lengthOf(texts) - characters, tokens, characters);
  }

  async #countText(text: string): Promise<number> {
    const places = placesIn(text, Math.min(MAX_OF_TEXT, this.#left));
    this.#left -= COST_OF_TEXT + lengthOf(places);
    let tokens = 0;
    for (const place of places) tokens += await this.#countPlace(place);
    return inProportion(text.length, tokens, lengthOf(places));
  }

  async #countPlace(place: string): Promise<number> {
    let tokens = 0;
    for (const piece of cutLongRuns(place)) {
      for (const word of this.#countWords(piece)) {
        tokens += word;
        if (performance.now() >= this.#sliceEndsAt) await this.#letOthersRun();
      }
    }
    return tokens;
  }

  async #letOthersRun(): Promise<void> {
    await setImmediate();
    this.#sliceEndsAt = performance.now() + SLICE_MS;
  }
}

/** The tokens of texts that nobody has the time to look at. */
export function estimateTexts(texts: readonly string[]): number {
  return inProportion(lengthOf(texts), 0, 0);
}

function inProportion(characters: number, tokens: number, counted: number): number {
  const share = counted > 0 ? tokens / counted : 1 / CHARACTERS_PER_TOKEN;
  return Math.round(characters * share);
}

function placesIn(text: string, max: number): readonly string[] {
  if (text.length <= max) return [text];
  const size = Math.ceil(max / PLACES);
  const step = (text.length - size) / (PLACES - 1);
  return Array.from({ length: PLACES }, (_, index) => {
    const from = Math.floor(index * step);
    return text.slice(from, from + size);
  });
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0);
}
