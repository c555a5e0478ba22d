import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DialectAnswer, StreamEvent } from '../dialect.ts';
import { type Directive, readDirective, requireWholeAnswer } from '../directive.ts';
import { countWords } from '../words.ts';
import { type OpenaiCall, readJsonCall, withFault } from './openai-call.ts';
import { parseRequest } from './parse-request.ts';
import { contentReply, typedEvent, typedStreamReply } from './reply.ts';
import { streamError } from './status-error.ts';

const BYTES_A_WORD = 512;
const BYTES_AN_EVENT = 700;
const CONTENT_TYPES = {
  mp3: 'audio/mpeg',
  opus: 'audio/opus',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};

const requestSchema = z.strictObject({
  model: z.string(),
  input: z.string().min(1).max(4096),
  voice: z.union([z.string().min(1), z.strictObject({ id: z.string().min(1) })]),
  instructions: z.string().max(4096).nullish(),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  stream_format: z.enum(['sse', 'audio']).nullish(),
});

/** `POST /v1/audio/speech`. @throws Refusal */
export function answerSpeech(call: OpenaiCall): DialectAnswer {
  const request = parseRequest(requestSchema, readJsonCall(call));
  const { directive, rest } = readDirective(request.input);
  return withFault(call, request.model, directive, () => {
    const audio = soundOf(rest);
    if (request.stream_format === 'sse') return streamSpeech(call, directive ?? {}, rest, audio);
    requireWholeAnswer(directive ?? {});
    return contentReply(call.requestId, CONTENT_TYPES[request.response_format ?? 'mp3'], audio);
  });
}

/** Bytes that are no text in any encoding, the same for the same text. */
function soundOf(text: string): Buffer {
  const seed = createHash('sha256').update(text).digest();
  const repeats = Math.ceil((BYTES_A_WORD * Math.max(1, countWords(text))) / seed.length);
  return Buffer.concat([
    Buffer.from([0xff, 0xfb, 0x90, 0x00]),
    ...Array.from({ length: repeats }, () => seed),
  ]);
}

function streamSpeech(
  call: OpenaiCall,
  directive: Directive,
  text: string,
  audio: Buffer,
): DialectAnswer['reply'] {
  const count = Math.ceil(audio.length / BYTES_AN_EVENT);
  const content: StreamEvent[] = Array.from({ length: count }, (_, index) => {
    const piece = audio.subarray(index * BYTES_AN_EVENT, (index + 1) * BYTES_AN_EVENT);
    return typedEvent({ type: 'speech.audio.delta', audio: piece.toString('base64') });
  });
  const words = countWords(text);
  const usage = { input_tokens: words, output_tokens: count, total_tokens: words + count };
  const closing = [
    typedEvent({ type: 'speech.audio.done', ...(directive.usage === false ? {} : { usage }) }),
  ];
  return typedStreamReply(call.requestId, { content, closing }, streamError(directive.errorMessage));
}
