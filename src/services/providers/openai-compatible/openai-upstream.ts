import OpenAI from 'openai';
import { profileOf } from '../../../config/provider-mapping.ts';
import type { CallProvider } from '../../../core/provider-call.ts';
import type { Secret } from '../../../core/secret.ts';
import type { PreparedRequest } from '../../relay-call.ts';

/** The headers that the SDK makes by itself. */
const SDK_HEADERS = /^(accept|content-type|user-agent|x-stainless-.*)$/;

/**
 * The official SDK for one account. It is asked for what it is good at: authentication, URLs and headers. As building a request through it costs several times what sending one does, it builds each endpoint's
 * request once, and only the body changes from call to call.
 */
export class OpenAIUpstream {
  readonly #client: OpenAI;
  readonly #apiKey: Secret;
  readonly #auth: 'bearer' | 'api-key';
  readonly #prepared = new Map<string, Promise<PreparedRequest>>();

  constructor(provider: CallProvider, fetch: typeof globalThis.fetch) {
    this.#apiKey = provider.apiKey;
    this.#auth = profileOf(provider).auth;
    this.#client = new OpenAI({
      apiKey: provider.apiKey.reveal(),
      baseURL: provider.baseUrl,
      fetch,
      // Retries are the gateway's own, and only before the first byte.
      maxRetries: 0,
      logLevel: 'off',
      // Else the SDK would take these from the process's environment.
      organization: null,
      project: null,
    });
  }

  /**
   * The request for an endpoint, built by the SDK on first use.
   * @param upstreamPath below the base URL, such as `/chat/completions`
   */
  prepare(upstreamPath: string): Promise<PreparedRequest> {
    const known = this.#prepared.get(upstreamPath);
    if (known !== undefined) return known;
    const prepared = this.#build(upstreamPath);
    this.#prepared.set(upstreamPath, prepared);
    prepared.catch(() => this.#prepared.delete(upstreamPath));
    return prepared;
  }

  async #build(path: string): Promise<PreparedRequest> {
    const { req, url } = await this.#client.buildRequest({ method: 'post', path, body: {} });
    const target = new URL(url);
    // The SDK also takes headers, the key's among them, from the environment, which is not the account's.
    const own = [...new Headers(req.headers)].filter(([name]) => SDK_HEADERS.test(name));
    const headers = { ...Object.fromEntries(own), ...this.#authorization() };
    return { origin: target.origin, path: `${target.pathname}${target.search}`, headers };
  }

  #authorization(): Record<string, string> {
    const key = this.#apiKey.reveal();
    return this.#auth === 'bearer' ? { authorization: `Bearer ${key}` } : { 'api-key': key };
  }
}
