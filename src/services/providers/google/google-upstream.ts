import {
  type BatchEmbedContentsRequest,
  type EmbedContentRequest,
  type GenerateContentRequest,
  type GenerativeModel,
  GoogleGenerativeAI,
} from '@google/generative-ai';
import type { Dispatcher } from 'undici';
import { GatewayError } from '../../../core/gateway-error.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import type { CallProvider, ProviderCall } from '../../../core/provider-call.ts';
import type { Secret } from '../../../core/secret.ts';
import type { GlobalFetchHook } from '../../global-fetch-hook.ts';
import { toSdkFault } from '../../sdk-fault.ts';
import type { UpstreamTransport } from '../../upstream-transport.ts';

/** The methods of Gemini's API that are called. */
export type GoogleMethod =
  | 'generateContent'
  | 'streamGenerateContent'
  | 'embedContent'
  | 'batchEmbedContents';

/** What the requests of one account are sent with. */
export interface GoogleUpstreamDependencies {
  readonly transport: UpstreamTransport;
  /** Installed by its owner. */
  readonly fetchHook: GlobalFetchHook;
}

/**
 * The official SDK for one account, and the only place that knows it. The SDK builds each request: URL, headers, body
 * and authentication. As it can only send through the global `fetch`, it is lent one that sends over the gateway's
 * own connections and keeps the answer, which the SDK would strip of its headers and of every field it does not know.
 */
export class GoogleUpstream {
  readonly #client: GoogleGenerativeAI;
  readonly #apiKey: Secret;
  readonly #address: { readonly baseUrl: string; readonly apiVersion: string };
  readonly #deps: GoogleUpstreamDependencies;

  constructor(provider: CallProvider, deps: GoogleUpstreamDependencies) {
    this.#client = new GoogleGenerativeAI(provider.apiKey.reveal());
    this.#apiKey = provider.apiKey;
    this.#address = splitVersion(provider.baseUrl);
    this.#deps = deps;
  }

  /**
   * Sends a request in Gemini's dialect for the call's model. Resolves with the answer's head, whatever its status;
   * the body must be read to its end or destroyed.
   * @throws GatewayError where the request cannot be built, or no answer came
   */
  async send(
    method: GoogleMethod,
    call: ProviderCall,
    body: JsonObject,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { promise, resolve, reject } = Promise.withResolvers<Dispatcher.ResponseData>();
    let isSent = false;
    const lent: typeof globalThis.fetch = async (input, init) => {
      const request = toUpstreamRequest(input, init);
      isSent = true;
      await this.#deps.transport.post({ ...request, signal }).then(resolve, reject);
      return new Response(null);
    };
    const model = this.#client.getGenerativeModel(
      { model: String(call.body.model) },
      { ...this.#address, customHeaders: call.headers },
    );
    // What the SDK makes of the empty stand-in says nothing; only where it sent nothing does its error count.
    const giveUp = (error: unknown) => {
      if (!isSent) reject(toSdkFault(error, this.#apiKey));
    };
    this.#deps.fetchHook.run(lent, () => ask(model, method, body)).then(giveUp, giveUp);
    return promise;
  }
}

/** The SDK wants the last segment of the base URL apart, and puts both together again. */
function splitVersion(baseUrl: string) {
  const at = baseUrl.lastIndexOf('/');
  return { baseUrl: baseUrl.slice(0, at), apiVersion: baseUrl.slice(at + 1) };
}

/** Named, they keep the SDK from adding its own empty ones. */
const NO_DEFAULTS: JsonObject = { generationConfig: undefined, safetySettings: undefined };

async function ask(model: GenerativeModel, method: GoogleMethod, body: JsonObject): Promise<unknown> {
  const request: JsonObject = { ...NO_DEFAULTS, ...body };
  if (method === 'generateContent' && isGenerateRequest(request)) return model.generateContent(request);
  if (method === 'streamGenerateContent' && isGenerateRequest(request)) {
    return model.generateContentStream(request);
  }
  if (method === 'embedContent' && isEmbedRequest(body)) return model.embedContent(body);
  if (method === 'batchEmbedContents' && isBatchRequest(body)) return model.batchEmbedContents(body);
  throw new GatewayError('internal_error', 'The request has not the form that the SDK takes.');
}

// The SDK's types end long before the API's fields do. What it reads itself is checked, all else it writes as it is.

function isGenerateRequest(body: JsonObject): body is JsonObject & GenerateContentRequest {
  return Array.isArray(body.contents);
}

function isEmbedRequest(body: JsonObject): body is JsonObject & EmbedContentRequest {
  return isJsonObject(body.content);
}

function isBatchRequest(body: JsonObject): body is JsonObject & BatchEmbedContentsRequest {
  return Array.isArray(body.requests) && body.requests.every(isJsonObject);
}

/** What the SDK hands to `fetch`: an address in a string, a `Headers`, and a string for a body. */
function toUpstreamRequest(input: string | URL | Request, init: RequestInit | undefined) {
  const { origin, pathname, search } = new URL(input instanceof Request ? input.url : input);
  const headers = Object.fromEntries(new Headers(init?.headers));
  return { origin, path: `${pathname}${search}`, headers, body: String(init?.body ?? '') };
}
