import type { Quirk } from './quirk.ts';

/** Differences that are the same whatever the provider speaks. */
export const COMMON_QUIRKS: readonly Quirk[] = [
  {
    id: 'request.no_retries',
    legacy: 'Asks the provider once.',
    ours: 'Asks up to twice more where the failure may pass, before anything has gone to the client.',
    why: 'Clients with retries of their own count on seeing each 429.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^provider\[[12]\]$/, cases: /(error|fault): / }],
  },
  {
    id: 'error.statuses',
    legacy: 'Passes every status of a provider on.',
    ours: 'Answers 504 for a provider’s 408, and 503 for its 529.',
    why: 'A 408 says that the client was too slow, and 529 is no status that OpenAI’s clients know.',
    clientsMayRely: true,
    reproduced: 'portkey',
    explains: [{ at: /^status$/, cases: /error: (408|529)/ }],
  },
  {
    id: 'headers.portkey',
    legacy: 'Adds `x-portkey-*` headers to every answer.',
    ours: 'Has none.',
    why: 'They tell of Portkey’s own cache, retries and trace, none of which the gateway uses.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [{ at: /^headers\.x-portkey-/, cases: /./ }],
  },
  {
    id: 'headers.provider_own',
    legacy: 'Passes every header of the provider on, those of its own proxies among them.',
    ours: 'Passes on what concerns the call: content type, `retry-after`, rate limits, `openai-*`, and the request id as `x-upstream-request-id`.',
    why: 'A cookie, a server’s name or a rule for browsers of the provider’s network says nothing to the gateway’s clients.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [
      {
        at: /^headers\.(server|set-cookie|via|alt-svc|cf-.*|vary|x-(xss-protection|frame-options|content-type-options))$/,
        cases: /./,
      },
    ],
  },
  {
    id: 'request.client_headers',
    legacy: 'Sends the provider Node’s headers.',
    ours: 'Sends the official SDK’s: `user-agent`, `x-stainless-*`, `accept`.',
    why: 'They name the software that speaks; providers do not act on them.',
    clientsMayRely: false,
    reproduced: 'never',
    explains: [
      {
        at: /^provider\[0\]\.headers\.(user-agent|x-stainless-.*|accept|accept-language|accept-encoding|sec-fetch-mode)$/,
        cases: /./,
      },
    ],
  },
];
