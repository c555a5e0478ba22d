import type { Secret } from '../core/secret.ts';
import type { PreparedRequest } from './relay-call.ts';
import { toSdkFault } from './sdk-fault.ts';

/** What the official SDKs of OpenAI and Anthropic have in common: they build a request without sending it. */
interface RequestBuilder {
  buildRequest(options: {
    readonly method: 'post';
    readonly path: string;
    readonly body: object;
  }): Promise<{ readonly req: { readonly headers: Headers }; readonly url: string }>;
}

/** The headers that the SDKs make by themselves. */
const SDK_HEADERS = /^(accept|content-type|user-agent|x-stainless-.*)$/;

/**
 * The requests of one account, built by its official SDK, which is asked for what it is good at: URLs and headers.
 * As building a request through it costs several times what sending one does, each endpoint's is built once, and
 * only the body changes from call to call.
 */
export class SdkRequests {
  readonly #client: RequestBuilder;
  readonly #apiKey: Secret;
  readonly #own: Readonly<Record<string, string>>;
  readonly #prepared = new Map<string, Promise<PreparedRequest>>();

  /**
   * @param client the SDK's
   * @param apiKey the account's, which no fault tells
   * @param own headers over the SDK's: those that carry the account's key, and whatever must not change with the SDK
   */
  constructor(client: RequestBuilder, apiKey: Secret, own: Readonly<Record<string, string>>) {
    this.#client = client;
    this.#apiKey = apiKey;
    this.#own = own;
  }

  /**
   * The request for an endpoint, built by the SDK on first use.
   * @param upstreamPath below the base URL, such as `/chat/completions`
   * @throws GatewayError where the SDK cannot build it
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
    const { req, url } = await this.#askSdk(path);
    const target = new URL(url);
    // The SDKs also take headers, the key's among them, from the environment, which is not the account's.
    const made = [...new Headers(req.headers)].filter(([name]) => SDK_HEADERS.test(name));
    const headers = { ...Object.fromEntries(made), ...this.#own };
    return { origin: target.origin, path: `${target.pathname}${target.search}`, headers };
  }

  async #askSdk(path: string) {
    try {
      return await this.#client.buildRequest({ method: 'post', path, body: {} });
    } catch (error) {
      throw toSdkFault(error, this.#apiKey);
    }
  }
}
