import { expect } from 'vitest';
import { z } from 'zod';
import { emulate } from '../../support/emulated-gateway.ts';

/** What every client allows an answer: Anthropic wants a limit, and Portkey sets none. */
export const MAX_TOKENS = 200;

/** What the model asks the weather tool for, both at once. */
export const CITIES = ['Oslo', 'São Paulo'];

/** How the emulator is told to ask. */
export const WEATHER_CALLS = CITIES.map((city) => ({
  name: 'get_weather',
  arguments: JSON.stringify({ city }),
}));

/** A question that the model answers with calls of the tool, and then with what the tool said. */
export const WEATHER_QUESTION = emulate({ toolCalls: WEATHER_CALLS }, 'How is the weather?').content;

/** A tool for a client to run, and what it was asked so far. */
export interface WeatherTool {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodObject<{ city: z.ZodString }>;
  readonly cities: readonly string[];
  run(input: { readonly city: string }): string;
}

/** A tool that nobody has asked yet. */
export function createWeatherTool(): WeatherTool {
  const cities: string[] = [];
  return {
    name: 'get_weather',
    description: 'The weather in a city',
    input: z.object({ city: z.string() }),
    cities,
    run({ city }) {
      cities.push(city);
      return `${city} has ${cities.length} degrees`;
    },
  };
}

/** The text that must come of the loop: the result of the last call is in it, which Gemini wraps up. */
export const WEATHER_ANSWER = /^The tool said: .*São Paulo has 2 degrees(?:"\})?$/s;

/** A text of many pieces, none of them easy. */
export const LONG_TEXT =
  'Roots reach for the ground, «der Stamm» hält, 榕树 🌳 and \\" leaves \n notice none of it';

/** A question that the model answers with the long text. */
export const LONG_QUESTION = emulate({ text: LONG_TEXT }).content;

/** What a model is to fill in. */
export const tree = z.object({ species: z.string(), age: z.int(), roots: z.array(z.string()) });

/** What comes of it, in whatever words. */
export const TREE = { species: expect.any(String), age: expect.any(Number), roots: expect.any(Array) };

/** A question about a tree, which the model answers with the least that its schema allows. */
export const TREE_QUESTION = 'Which tree strangles its host?';

const COMPLAINT = 'Slow down, the roots cannot follow';

/** A question that the provider answers with a rate limit. */
export const TOO_MANY = emulate({ status: 429, errorMessage: COMPLAINT, retryAfter: 7 }).content;

/** What a client must know of it. */
export const RATE_LIMIT = {
  isRateLimit: true,
  status: 429,
  message: expect.stringContaining(COMPLAINT),
  retryAfter: '7',
};
