import { describe, expect, it } from 'vitest';
import { contentsOf, gemini } from './native-client.ts';
import { emulate, startEmulator } from './test-emulator.ts';

const generate = async (text: string, fields: object = {}, model?: string) =>
  (await gemini(await startEmulator(), 'generateContent', contentsOf(text, fields), model)).json;
const parts = (...given: object[]) => ({ candidates: [{ content: { role: 'model', parts: given } }] });
const weather = {
  name: 'get_weather',
  parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] },
};
const tools = [{ functionDeclarations: [{ name: 'get_time' }, weather] }];
const calling = (functionCallingConfig: object) => ({ tools, toolConfig: { functionCallingConfig } });

describe('an answer', () => {
  it('repeats what was said, with its cost', async () => {
    expect(await generate('Hello there')).toEqual({
      candidates: [
        {
          content: { parts: [{ text: 'You said: Hello there' }], role: 'model' },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: {
        promptTokenCount: 8,
        candidatesTokenCount: 4,
        totalTokenCount: 12,
        promptTokensDetails: [{ modality: 'TEXT', tokenCount: 8 }],
        serviceTier: 'standard',
      },
      modelVersion: 'gemini-2.5-flash',
      responseId: expect.any(String),
    });
  });

  it('says what a tool said', async () => {
    const answer = await generate('', {
      contents: [
        { role: 'user', parts: [{ text: 'What time is it?' }] },
        { role: 'model', parts: [{ functionCall: { name: 'get_time' } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'get_time', response: { output: 'noon' } } }] },
      ],
    });
    expect(answer).toMatchObject(parts({ text: 'The tool said: {"output":"noon"}' }));
  });

  it('comes as often as it is asked for', async () => {
    const answer = await generate('Hi', { generationConfig: { candidateCount: 2 } });
    expect(answer).toMatchObject({ candidates: [{ index: 0 }, { index: 1 }] });
    expect(answer).toMatchObject({ usageMetadata: { candidatesTokenCount: 6 } });
  });

  it('ends at a stop sequence and at the limit', async () => {
    const text = emulate({ text: 'one two three four' });
    const stopped = await generate(text, { generationConfig: { stopSequences: ['three'] } });
    expect(stopped).toMatchObject({ candidates: [{ finishReason: 'STOP' }] });
    expect(stopped).toMatchObject(parts({ text: 'one two ' }));
    const cut = await generate(text, { generationConfig: { maxOutputTokens: 2 } });
    expect(cut).toMatchObject({ candidates: [{ finishReason: 'MAX_TOKENS' }] });
  });

  it('has no parts when thinking used up the limit', async () => {
    const text = emulate({ reasoning: 'one two three', emptyContent: true });
    expect(await generate(text)).toMatchObject({
      candidates: [{ content: { role: 'model' }, finishReason: 'MAX_TOKENS' }],
      usageMetadata: { thoughtsTokenCount: 3 },
    });
    expect(await generate(text)).not.toHaveProperty('usageMetadata.candidatesTokenCount');
    expect(await generate(text)).not.toHaveProperty('candidates.0.content.parts');
  });

  it('is withheld for safety', async () => {
    expect(await generate(emulate({ finishReason: 'SAFETY' }))).toMatchObject({
      candidates: [{ content: {}, finishReason: 'SAFETY', safetyRatings: [{ blocked: true }, {}] }],
    });
  });

  it('is none where the prompt is blocked', async () => {
    const answer = await generate(emulate({ blockReason: 'SAFETY' }));
    expect(answer).toMatchObject({ promptFeedback: { blockReason: 'SAFETY' } });
    expect(answer).not.toHaveProperty('candidates');
  });

  it('has the cost and the extras that it is told', async () => {
    const answer = await generate(emulate({ cacheRead: 5, toolUseTokens: 7, grounding: true, text: 'ok' }));
    expect(answer).toMatchObject({
      candidates: [{ groundingMetadata: { webSearchQueries: ['banyan'] } }],
      usageMetadata: { cachedContentTokenCount: 5, toolUsePromptTokenCount: 7, totalTokenCount: 10 + 1 + 7 },
    });
    expect(await generate(emulate({ usage: false }))).not.toHaveProperty('usageMetadata');
  });

  it('draws pictures and runs code', async () => {
    const answer = await generate(emulate({ image: true, serverTool: true, text: 'ok' }));
    expect(answer).toMatchObject(
      parts(
        { executableCode: { language: 'PYTHON' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK' } },
        { text: 'ok' },
        { inlineData: { mimeType: 'image/png' } },
      ),
    );
    expect(answer).toMatchObject({
      usageMetadata: { candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }] },
    });
  });

  it('draws as it thinks, and ends without a reason, where it is told to', async () => {
    const answer = await generate(emulate({ draftImage: true, noFinishReason: true, text: 'ok' }));
    expect(answer).toMatchObject(
      parts({ inlineData: { mimeType: 'image/png' }, thought: true }, { text: 'ok' }),
    );
    expect(answer).not.toHaveProperty('candidates[0].finishReason');
  });

  it('has log probabilities for each word', async () => {
    const answer = await generate('Hi', { generationConfig: { responseLogprobs: true, logprobs: 2 } });
    expect(answer).toMatchObject({
      candidates: [
        {
          logprobsResult: {
            chosenCandidates: [{ token: 'You' }, { token: ' said:' }, { token: ' Hi' }],
            topCandidates: [{ candidates: [{ token: 'You' }, { token: 'You~1' }] }, {}, {}],
          },
        },
      ],
    });
  });
});

describe('thinking', () => {
  it('comes before the answer and is counted apart', async () => {
    const answer = await generate(emulate({ reasoning: 'let me think', text: 'done' }));
    expect(answer).toMatchObject(parts({ text: 'let me think', thought: true }, { text: 'done' }));
    expect(answer).toMatchObject({ usageMetadata: { thoughtsTokenCount: 3, candidatesTokenCount: 1 } });
  });

  it('signs the first call', async () => {
    const toolCalls = [
      { name: 'get_time', arguments: '' },
      { name: 'get_weather', arguments: '{"city":"Oslo"}' },
    ];
    expect(await generate(emulate({ reasoning: 'hm', toolCalls }), { tools })).toMatchObject(
      parts(
        { thought: true },
        { functionCall: { name: 'get_time' }, thoughtSignature: expect.any(String) },
        { functionCall: { name: 'get_weather', args: { city: 'Oslo' } } },
      ),
    );
  });
});

describe('a call', () => {
  it('is made when it must be, of the first or of an allowed function', async () => {
    const first = await generate('Hi', calling({ mode: 'ANY' }));
    expect(first).toMatchObject(parts({ functionCall: { name: 'get_time', args: {} } }));
    const allowed = await generate('Hi', calling({ mode: 'any', allowedFunctionNames: ['get_weather'] }));
    expect(allowed).toMatchObject(parts({ functionCall: { name: 'get_weather', args: { city: 'text' } } }));
  });

  it('is not made otherwise', async () => {
    expect(await generate('Hi', calling({ mode: 'NONE' }))).toMatchObject(parts({ text: 'You said: Hi' }));
  });

  it('has an id and a signature from a model of the third generation', async () => {
    const answer = await generate('Hi', calling({ mode: 'ANY' }), 'gemini-3-pro-preview');
    const functionCall = { name: 'get_time', id: expect.any(String) };
    expect(answer).toMatchObject(parts({ functionCall, thoughtSignature: expect.any(String) }));
  });
});

describe('structured output', () => {
  const schema = {
    type: 'OBJECT',
    properties: { age: { type: 'INTEGER', nullable: true }, kind: { anyOf: [{ type: 'STRING' }] } },
    required: ['age', 'kind'],
  };
  const asJson = (fields: object) => ({
    generationConfig: { responseMimeType: 'application/json', ...fields },
  });

  it('follows a schema in either dialect', async () => {
    const google = await generate('Hi', asJson({ responseSchema: schema }));
    expect(google).toMatchObject(parts({ text: '{"age":1,"kind":"text"}' }));
    const json = { type: 'object', properties: { ok: { const: true } }, required: ['ok'] };
    expect(await generate('Hi', asJson({ responseJsonSchema: json }))).toMatchObject(
      parts({ text: '{"ok":true}' }),
    );
  });

  it('is any JSON without one', async () => {
    expect(await generate('Hi', asJson({}))).toMatchObject(parts({ text: '{"answer":"You said: Hi"}' }));
  });

  it('can be one of some words', async () => {
    const generationConfig = {
      responseMimeType: 'text/x.enum',
      responseSchema: { type: 'STRING', enum: ['fig', 'oak'] },
    };
    expect(await generate('Hi', { generationConfig })).toMatchObject(parts({ text: 'fig' }));
  });
});

describe('counts of tokens', () => {
  it('are of turns, or of all that a request says', async () => {
    const emulator = await startEmulator();
    const turns = await gemini(emulator, 'countTokens', contentsOf('Hello there'));
    expect(turns.json).toEqual({
      totalTokens: 8,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 8 }],
    });
    const request = contentsOf('Hello there', { systemInstruction: { parts: [{ text: 'Be brief' }] } });
    const whole = await gemini(emulator, 'countTokens', { generateContentRequest: request });
    expect(whole.json).toMatchObject({ totalTokens: 10 });
  });

  it('are refused of nothing, and of both at once', async () => {
    const emulator = await startEmulator();
    expect((await gemini(emulator, 'countTokens', {})).status).toBe(400);
    const both = contentsOf('Hi', { generateContentRequest: contentsOf('Hi') });
    expect((await gemini(emulator, 'countTokens', both)).status).toBe(400);
  });
});

describe('embeddings', () => {
  const embed = { content: { parts: [{ text: 'fig' }] }, outputDimensionality: 4 };
  const model = 'models/gemini-2.5-flash';

  it('are the same for the same text, alone or among others', async () => {
    const emulator = await startEmulator();
    const numbers = (text: string) => text.match(/-?\d+\.\d+(e-\d+)?/g);
    const alone = await gemini(emulator, 'embedContent', embed);
    expect(alone.json).toMatchObject({ embedding: { values: { length: 4 } } });
    const batch = await gemini(emulator, 'batchEmbedContents', { requests: [{ ...embed, model }] });
    expect(batch.json).toMatchObject({ embeddings: [{ values: { length: 4 } }] });
    expect(numbers(batch.text)).toEqual(numbers(alone.text));
  });

  it('are refused of nothing, in other sizes, and of another model than the path names', async () => {
    const emulator = await startEmulator();
    const refused = async (method: string, body: object) => (await gemini(emulator, method, body)).status;
    expect(await refused('embedContent', { content: { parts: [] } })).toBe(400);
    expect(await refused('embedContent', { ...embed, outputDimensionality: 9999 })).toBe(400);
    expect(await refused('batchEmbedContents', { requests: [] })).toBe(400);
    expect(await refused('batchEmbedContents', { requests: [{ ...embed, model: 'models/other' }] })).toBe(
      400,
    );
  });

  it('follow directives', async () => {
    const body = { content: { parts: [{ text: emulate({ status: 429 }) }] } };
    expect((await gemini(await startEmulator(), 'embedContent', body)).status).toBe(429);
  });
});
