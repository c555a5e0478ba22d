import { z } from 'zod';
import type { DialectAnswer } from '../dialect.ts';
import { type Directive, readDirective, requireWholeAnswer } from '../directive.ts';
import { countWords } from '../words.ts';
import { checkbox, formDecimal, formFile } from './form-values.ts';
import { type OpenaiCall, readFormCall, withFault } from './openai-call.ts';
import { parseRequest } from './parse-request.ts';
import { textPieces } from './pieces.ts';
import { contentReply, jsonReply, typedEvent, typedStreamReply } from './reply.ts';
import { streamError } from './status-error.ts';

const BYTES_A_SECOND = 16;
const PLAIN_TEXT = 'text/plain; charset=utf-8';

const common = {
  file: formFile,
  model: z.string(),
  prompt: z.string().optional(),
  response_format: z.enum(['json', 'text', 'srt', 'verbose_json', 'vtt']).optional(),
  temperature: formDecimal(0, 1).optional(),
};
const translationSchema = z.strictObject(common);
const transcriptionSchema = z.strictObject({
  ...common,
  chunking_strategy: z.string().optional(),
  'include[]': z.array(z.enum(['logprobs'])).optional(),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional(),
  stream: checkbox.optional(),
  'timestamp_granularities[]': z.array(z.enum(['word', 'segment'])).optional(),
});

type TranscriptionRequest = z.infer<typeof transcriptionSchema>;

/** What was heard. Times are in seconds. */
interface Transcript {
  text: string;
  seconds: number;
  usage: object | undefined;
}

/** `POST /v1/audio/transcriptions`. @throws Refusal */
export function answerTranscriptions(call: OpenaiCall): DialectAnswer {
  return answer(call, parseRequest(transcriptionSchema, readFormCall(call)), 'transcribe');
}

/** `POST /v1/audio/translations`. @throws Refusal */
export function answerTranslations(call: OpenaiCall): DialectAnswer {
  return answer(call, parseRequest(translationSchema, readFormCall(call)), 'translate');
}

function answer(call: OpenaiCall, request: TranscriptionRequest, task: string): DialectAnswer {
  const { directive } = readDirective(request.prompt ?? '');
  return withFault(call, request.model, directive, () => {
    const heard = hear(request, directive ?? {});
    if (request.stream) return streamTranscript(call, heard, directive ?? {});
    requireWholeAnswer(directive ?? {});
    return wholeTranscript(call, request, heard, task);
  });
}

function hear({ file }: TranscriptionRequest, directive: Directive): Transcript {
  const text = directive.text ?? `You sent ${file.filename} of ${file.size} bytes.`;
  const words = countWords(text);
  const input = Math.ceil(file.size / BYTES_A_SECOND);
  const usage = {
    type: 'tokens',
    input_tokens: input,
    input_token_details: { text_tokens: 0, audio_tokens: input },
    output_tokens: words,
    total_tokens: input + words,
  };
  return { text, seconds: words / 2, usage: directive.usage === false ? undefined : usage };
}

function wholeTranscript(
  { requestId }: OpenaiCall,
  request: TranscriptionRequest,
  heard: Transcript,
  task: string,
): DialectAnswer['reply'] {
  const { text, seconds, usage } = heard;
  const end = `00:00:${String(Math.floor(seconds)).padStart(2, '0')}`;
  switch (request.response_format ?? 'json') {
    case 'text':
      return contentReply(requestId, PLAIN_TEXT, `${text}\n`);
    case 'srt':
      return contentReply(requestId, PLAIN_TEXT, `1\n00:00:00,000 --> ${end},000\n${text}\n\n`);
    case 'vtt':
      return contentReply(requestId, PLAIN_TEXT, `WEBVTT\n\n00:00:00.000 --> ${end}.000\n${text}\n\n`);
    case 'verbose_json':
      return jsonReply(requestId, verboseDocument(request, heard, task));
    case 'json':
      return jsonReply(requestId, { text, ...(usage === undefined ? {} : { usage }) });
  }
}

function verboseDocument(request: TranscriptionRequest, { text, seconds }: Transcript, task: string): object {
  const times = request['timestamp_granularities[]'] ?? ['segment'];
  const segment = {
    id: 0,
    seek: 0,
    start: 0,
    end: seconds,
    text,
    tokens: [50_364],
    temperature: request.temperature ?? 0,
    avg_logprob: -0.25,
    compression_ratio: 1.1,
    no_speech_prob: 0.01,
  };
  const words = text.split(' ').map((word, index) => ({ word, start: index / 2, end: (index + 1) / 2 }));
  return {
    task,
    language: request.language ?? 'english',
    duration: seconds,
    text,
    ...(times.includes('segment') ? { segments: [segment] } : {}),
    ...(times.includes('word') ? { words } : {}),
    usage: { type: 'duration', seconds: Math.ceil(seconds) },
  };
}

function streamTranscript(call: OpenaiCall, heard: Transcript, directive: Directive): DialectAnswer['reply'] {
  const { text, usage } = heard;
  const content = textPieces(text).map((delta) => typedEvent({ type: 'transcript.text.delta', delta }));
  const closing = [
    typedEvent({ type: 'transcript.text.done', text, ...(usage === undefined ? {} : { usage }) }),
  ];
  return typedStreamReply(call.requestId, { content, closing }, streamError(directive.errorMessage));
}
