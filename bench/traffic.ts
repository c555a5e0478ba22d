import OpenAI from 'openai';

/** What one client request of the demo came to. */
export interface Observation {
  readonly path: string;
  readonly stream: boolean;
  readonly failed: boolean;
  readonly durationMs: number;
  /** From sending to the first piece of text; undefined without a stream. */
  readonly firstTokenMs: number | undefined;
}

export interface TrafficPlan {
  readonly url: string;
  readonly keys: readonly string[];
  readonly model: string;
  readonly seconds: number;
  /** Clients that send one request after the other. */
  readonly clients: number;
}

/** Prompts as different clients send them; every twentieth meets a provider that fails. */
const PROMPTS = [
  'How does a strangler fig begin?',
  'Name three banyan trees that are worth a journey.',
  'Write a haiku about gateways. @emulate {"text":"Roots reach for the ground / the old trunk holds what it can / leaves never notice"}',
  'Explain canary releases to a gardener.',
];
const FAILING_PROMPT = 'And what when the provider fails? @emulate {"status":500}';
const FAILING_EVERY = 20;

/** Sends chat completions, every other one as a stream, with the official client, for as long as planned. */
export async function sendTraffic(plan: TrafficPlan): Promise<readonly Observation[]> {
  const until = performance.now() + plan.seconds * 1000;
  const observations: Observation[] = [];
  let sent = 0;
  const client = async () => {
    while (performance.now() < until) {
      const number = sent++;
      observations.push(await sendOne(plan, number));
    }
  };
  await Promise.all(Array.from({ length: plan.clients }, client));
  return observations;
}

async function sendOne({ url, keys, model }: TrafficPlan, number: number): Promise<Observation> {
  const stream = number % 2 === 1;
  const failing = Math.floor(number / 2) % FAILING_EVERY === FAILING_EVERY - 1;
  const content = failing ? FAILING_PROMPT : (PROMPTS[number % PROMPTS.length] ?? '');
  const started = performance.now();
  let path = 'none';
  let firstTokenMs: number | undefined;
  const client = new OpenAI({
    apiKey: keys[number % keys.length] ?? '',
    baseURL: `${url}/v1`,
    maxRetries: 0,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      path = response.headers.get('x-gateway-path') ?? 'none';
      return response;
    },
  });
  const observe = (failed: boolean): Observation => ({
    path,
    stream,
    failed,
    durationMs: performance.now() - started,
    firstTokenMs,
  });
  try {
    const messages = [{ role: 'user' as const, content }];
    if (!stream) {
      await client.chat.completions.create({ model, messages });
      return observe(false);
    }
    for await (const chunk of await client.chat.completions.create({ model, messages, stream })) {
      if (chunk.choices[0]?.delta.content) firstTokenMs ??= performance.now() - started;
    }
    return observe(false);
  } catch (error) {
    // Failures are part of the traffic; they are what the table counts. A broken connection is no APIError.
    if (!(error instanceof Error)) throw error;
    return observe(true);
  }
}
