import type { Knex } from 'knex';
import { z } from 'zod';
import { GatewayError } from '../src/core/gateway-error.ts';
import type { Logger } from '../src/core/logger.ts';
import type { ProviderCall } from '../src/core/provider-call.ts';
import type { Secret } from '../src/core/secret.ts';
import { gatewayHeaders } from './gateway-headers.ts';
import { listGateways, type StoredGateway } from './gateways-repository.ts';
import { createPatternMatcher, type PatternMatcher } from './pattern-matcher.ts';
import { listRules, type RoutingRule } from './routing-rules-repository.ts';
import { type GatewayQuestion, selectGateway } from './select-gateway.ts';

/** Well above the models of any installation: it bounds what is remembered of models that are long gone. */
const MAX_REMEMBERED = 10_000;

/** Seals the keys of gateways for storage. */
export interface GatewayKeyCipher {
  seal(secret: Secret): string;
  /** @throws Error where the text is none that was sealed with the same key */
  open(sealed: string): Secret;
}

/** Where a call is handed over, and what the gateway there lets it in by. */
export interface LegacyTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The stored gateways and rules, held in memory. */
export interface GatewayDirectory {
  /** Reads them anew. Where that fails, what was read before stays in force. */
  refresh(): Promise<void>;
  /** The gateways that calls can go to. */
  usable(): readonly StoredGateway[];
  /** Whether any gateway is stored at all, be it disabled. */
  isEmpty(): boolean;
  /**
   * Where the rules send a call; undefined where no gateway is stored.
   * @throws GatewayError `no_gateway_available` where none is enabled
   */
  choose(call: ProviderCall): LegacyTarget | undefined;
}

interface Content {
  readonly gateways: readonly StoredGateway[];
  readonly rules: readonly RoutingRule[];
  readonly providerNames: ReadonlyMap<string, string | null>;
}

const EMPTY: Content = { gateways: [], rules: [], providerNames: new Map() };
const providerRows = z.array(z.object({ id: z.string(), name: z.string().nullable() }));

/** Creates the directory; it is empty until it is refreshed. */
export function createGatewayDirectory(deps: {
  readonly db: Knex;
  readonly cipher: Pick<GatewayKeyCipher, 'open'>;
  readonly logger: Logger;
}): GatewayDirectory {
  return new StoredDirectory(deps);
}

class StoredDirectory implements GatewayDirectory {
  readonly #deps: Parameters<typeof createGatewayDirectory>[0];
  readonly #patterns: PatternMatcher;
  /** Rules are asked once for each model of each provider, and not with each call. */
  readonly #chosen = new Map<string, string>();
  #targets: ReadonlyMap<string, LegacyTarget> = new Map();
  #content = EMPTY;
  #usable: readonly StoredGateway[] = [];

  constructor(deps: Parameters<typeof createGatewayDirectory>[0]) {
    this.#deps = deps;
    this.#patterns = createPatternMatcher(deps.logger);
  }

  async refresh(): Promise<void> {
    const content = await load(this.#deps.db);
    const enabled = content.gateways.filter((gateway) => gateway.enabled);
    this.#targets = new Map(
      enabled.flatMap((gateway) => {
        const target = this.#toTarget(gateway);
        return target === undefined ? [] : [[gateway.id, target] as const];
      }),
    );
    this.#usable = enabled.filter((gateway) => this.#targets.has(gateway.id));
    this.#content = content;
    this.#chosen.clear();
  }

  usable(): readonly StoredGateway[] {
    return this.#usable;
  }

  isEmpty(): boolean {
    return this.#content.gateways.length === 0;
  }

  choose(call: ProviderCall): LegacyTarget | undefined {
    if (this.isEmpty()) return undefined;
    const question = this.#toQuestion(call);
    const key = JSON.stringify(question);
    const id = this.#chosen.get(key) ?? this.#select(question);
    const target = id === undefined ? undefined : this.#targets.get(id);
    if (id === undefined || target === undefined) throw noGateway();
    if (this.#chosen.size >= MAX_REMEMBERED) this.#chosen.clear();
    this.#chosen.set(key, id);
    return target;
  }

  #select(question: GatewayQuestion): string | undefined {
    const choice = { gateways: this.#usable, rules: this.#content.rules };
    return selectGateway(choice, question, this.#patterns)?.id;
  }

  #toQuestion({ model, body, provider }: ProviderCall): GatewayQuestion {
    const identifier = typeof body.model === 'string' ? body.model : model;
    const name = this.#content.providerNames.get(provider.id) ?? provider.id;
    return {
      models: identifier === model ? [model] : [model, identifier],
      provider: { id: provider.id, name, baseUrl: provider.baseUrl },
    };
  }

  /** A gateway that could only be called without its key, or not at all, must not keep the others from being used. */
  #toTarget({ id, name, url, sealedKey }: StoredGateway): LegacyTarget | undefined {
    try {
      if (!/^https?:$/.test(new URL(url).protocol)) throw new Error('Its address is neither http nor https.');
      const apiKey = sealedKey === null ? undefined : this.#deps.cipher.open(sealedKey);
      return { url: url.replace(/\/+$/, ''), headers: gatewayHeaders({ id, url, apiKey }) };
    } catch (err) {
      this.#deps.logger.error({ gateway: name, err }, 'a Portkey gateway cannot be used as it is stored');
      return undefined;
    }
  }
}

/** The tables may be gone already, where the legacy path has been retired and its process still runs. */
async function load(db: Knex): Promise<Content> {
  if (!(await db.schema.hasTable('portkey_gateways'))) return EMPTY;
  const gateways = await listGateways(db);
  if (gateways.length === 0) return EMPTY;
  const providers = providerRows.parse(await db('providers').select('id', 'name'));
  return {
    gateways,
    rules: await listRules(db),
    providerNames: new Map(providers.map(({ id, name }) => [id, name])),
  };
}

function noGateway(): GatewayError {
  return new GatewayError('no_gateway_available', 'No Portkey gateway is enabled.', { retryAfterSeconds: 1 });
}
