import { matchesGlob } from '../../core/matches-glob.ts';
import type { AntiBotSettings } from '../../db/system-settings-repository.ts';

/** What an anti-bot check found. */
export interface UserAgentVerdict {
  readonly kind: 'allowed' | 'blocked' | 'bot' | 'suspicious' | 'ordinary';
  readonly isRefused: boolean;
}

/** The user agents of what this gateway is for; their names hold words such as `python`, which scripts have as well. */
const LLM_CLIENTS =
  /^(Async)?(OpenAI|AzureOpenAI|Anthropic)\b|^(ai-sdk|langchain|google-genai-sdk|litellm)\b/i;

/** Parts of the names of crawlers, page previews, monitors, driven browsers, and what scripts and tools fetch with. */
const BOTS = [
  /bot\b|bot\/|crawl|spider|scrap(er|y)|slurp|archiver/i,
  /facebookexternalhit|whatsapp|embedly|preview/i,
  /pingdom|uptime|statuscake|newrelic|datadog|prometheus|grafana/i,
  /headless|selenium|puppeteer|playwright|phantomjs|webdriver|chromedriver|geckodriver/i,
  /curl|wget|httpie|postman|insomnia|python|aiohttp|httpx|okhttp|axios|got\b|node-fetch|undici/i,
  /go-http-client|java\/|libwww|perl|ruby|php|rust|reqwest|dart|http-?client/i,
];

/** A shorter one names no product with its version. */
const SHORTEST = 11;

/** Longer ones are read no further: each client chooses its own. */
const LONGEST = 512;

/**
 * Judges what a client says it is: the allowed list comes first, then the blocked one, then what is known of bots and
 * what looks suspicious.
 * @param userAgent undefined where the client says nothing
 */
export function judgeUserAgent(settings: AntiBotSettings, userAgent: string | undefined): UserAgentVerdict {
  const name = (userAgent ?? '').trim().slice(0, LONGEST);
  if (!settings.enabled || isListed(settings.allowedUserAgents, name)) return ALLOWED;
  if (isListed(settings.blockedUserAgents, name)) return { kind: 'blocked', isRefused: true };
  if (LLM_CLIENTS.test(name)) return ORDINARY;
  if (BOTS.some((pattern) => pattern.test(name))) {
    return { kind: 'bot', isRefused: settings.blockBots && !settings.logOnly };
  }
  if (isSuspicious(name)) {
    return { kind: 'suspicious', isRefused: settings.blockSuspicious && !settings.logOnly };
  }
  return ORDINARY;
}

const ALLOWED: UserAgentVerdict = { kind: 'allowed', isRefused: false };
const ORDINARY: UserAgentVerdict = { kind: 'ordinary', isRefused: false };

function isListed(entries: readonly string[], name: string): boolean {
  return entries.some((entry) => matchesGlob(`*${entry}*`, name));
}

/** Whether it is what no browser and hardly any library calls itself: RFC 9110, 10.1.5, wants products with versions. */
function isSuspicious(name: string): boolean {
  const [product, ...details] = name.split(/\s+/);
  const isBareBrowser = details.length === 0 && product?.toLowerCase().startsWith('mozilla/') === true;
  return name.length < SHORTEST || !name.includes('/') || isBareBrowser || /[<>"`{}\\]/.test(name);
}
