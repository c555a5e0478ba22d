import type { JsonObject } from '../../src/core/json.ts';
import { isCounted, type Usage } from '../../src/core/usage.ts';
import { createTokenCounter, type TokenCounter } from '../../src/services/tokens/token-counter.ts';
import { indexedRecordings } from '../support/recordings.ts';
import { allReplays, nameOf, type Replay } from './replays.ts';
import { runReplay } from './run-replay.ts';
import { createScriptedTransport } from './scripted-transport.ts';

/** A recorded exchange, with what its provider counted and what the gateway counts of the same. */
export interface CountedRecording {
  readonly name: string;
  readonly origin: string;
  readonly model: string;
  readonly stated: Usage;
  readonly own: {
    /** Undefined where the request was not kept, or was not made in a dialect that the gateway takes. */
    readonly prompt: number | undefined;
    readonly completion: number;
  };
  /** Whether it is real traffic of a model of OpenAI's that said nothing but text, and thought nothing. */
  readonly isPlainOpenAI: boolean;
}

/** Counts every recorded exchange whose provider states its usage; none where there are no recordings. */
export async function countRecordings(): Promise<CountedRecording[]> {
  const counter = createTokenCounter();
  const origins = new Map(indexedRecordings().map(({ path, origin }) => [path, origin]));
  const counted: CountedRecording[] = [];
  for (const replay of oneForEach(allReplays())) {
    const recording = await count(replay, origins.get(replay.exchange.file) ?? '', counter);
    if (recording !== undefined) counted.push(recording);
  }
  return counted;
}

/** Of the calls that lead to one exchange, that of a client which speaks the provider's dialect. */
function oneForEach(replays: readonly Replay[]): Replay[] {
  const kept = new Map<string, Replay>();
  for (const replay of replays) {
    if (replay.kind !== 'answer' && replay.kind !== 'plain') continue;
    const name = nameOf(replay.exchange);
    if (!kept.has(name) || replay.recorded === replay.answered) kept.set(name, replay);
  }
  return [...kept.values()];
}

async function count(
  replay: Replay,
  origin: string,
  counter: TokenCounter,
): Promise<CountedRecording | undefined> {
  const { status, headers, body } = replay.exchange;
  const transport = createScriptedTransport({ status, headers, chunks: [body] });
  const { outcome } = await runReplay(replay.call, transport);
  const { usage: stated, generated } = outcome;
  if (stated === undefined || !isCounted(stated)) return undefined;
  const request = requestIn(replay);
  const call = { ...replay.call, body: { ...request, model: modelOf(replay) } };
  const { usage: own } = await counter.complete(call, { kind: 'success', generated });
  if (own === undefined) return undefined;
  return {
    name: nameOf(replay.exchange),
    origin,
    model: modelOf(replay),
    stated,
    own: { prompt: request === undefined ? undefined : own.prompt, completion: own.completion },
    isPlainOpenAI: /^REC(-NORM)?$/.test(origin) && isOpenAIs(replay) && isPlain(replay, stated),
  };
}

function requestIn({ recorded, answered, exchange }: Replay): JsonObject | undefined {
  return recorded === answered ? exchange.request : undefined;
}

/** Gemini's is in the path, and that of an answer without its request in the answer. */
function modelOf({ exchange: { request, path = '', body } }: Replay): string {
  const named = /"model":\s*"([^"]+)"/.exec(body.toString('utf8')) ?? /\/models\/([^:]+):/.exec(path);
  return typeof request?.model === 'string' ? request.model : (named?.[1] ?? 'unknown');
}

function isOpenAIs({ exchange: { file, host } }: Replay): boolean {
  return /^(azure-)?openai\//.test(file) || host === 'api.openai.com';
}

/** What makes of an exchange more than text, in the request or in the answer, which may repeat the request. */
const BESIDE_TEXT = [
  'tools?',
  'tool_calls',
  'functions?',
  'function_call',
  'schema',
  'web_search_options',
  'modalities',
  'audio',
  'image_url',
  'input_audio',
  'previous_response_id',
];
const MORE_THAN_TEXT = new RegExp(`"(${BESIDE_TEXT.join('|')})":\\s*(?!\\s|null|\\[\\])`);

function isPlain({ exchange: { request, body } }: Replay, { reasoning }: Usage): boolean {
  const said = `${JSON.stringify(request ?? {})} ${body.toString('utf8')}`;
  return reasoning === 0 && !MORE_THAN_TEXT.test(said);
}
