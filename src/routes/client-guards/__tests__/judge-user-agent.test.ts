import { describe, expect, it } from 'vitest';
import { judgeUserAgent } from '../judge-user-agent.ts';

const ON = {
  enabled: true,
  blockBots: true,
  blockSuspicious: true,
  logOnly: false,
  allowedUserAgents: [],
  blockedUserAgents: [],
};
const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36';
const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

describe('judgeUserAgent', () => {
  it.each([
    BROWSER,
    'OpenAI/Python 2.1.0',
    'AsyncOpenAI/Python 2.1.0',
    'OpenAI/JS 7.57.0',
    'Anthropic/Python 0.60.0',
    'ai-sdk/openai-compatible/3.0 runtime/node.js/24',
    'MyCompany-Assistant/3.2',
  ])('lets %s pass', (userAgent) => {
    expect(judgeUserAgent(ON, userAgent)).toEqual({ kind: 'ordinary', isRefused: false });
  });

  it.each([
    CRAWLER,
    'GPTBot/1.2',
    'Baiduspider+(+http://www.baidu.com/search/spider.htm)',
    'facebookexternalhit/1.1',
    'HeadlessChrome/130.0.0.0 on Linux',
    'curl/8.5.0 something',
    'python-requests/2.32.3',
    'Go-http-client/2.0',
    'UptimeRobot/2.0 monitor',
  ])('knows %s for a bot', (userAgent) => {
    expect(judgeUserAgent(ON, userAgent)).toEqual({ kind: 'bot', isRefused: true });
    expect(judgeUserAgent({ ...ON, blockBots: false }, userAgent).isRefused).toBe(false);
    expect(judgeUserAgent({ ...ON, logOnly: true }, userAgent)).toEqual({ kind: 'bot', isRefused: false });
  });

  it.each([undefined, '', '   ', 'Mozilla/5.0', 'something', 'a/1.0', 'Assistant/1.0 <script>'])(
    'finds %j suspicious',
    (userAgent) => {
      expect(judgeUserAgent(ON, userAgent)).toEqual({ kind: 'suspicious', isRefused: true });
      expect(judgeUserAgent({ ...ON, blockSuspicious: false }, userAgent).isRefused).toBe(false);
      expect(judgeUserAgent({ ...ON, logOnly: true }, userAgent).isRefused).toBe(false);
    },
  );

  it('lets whoever is on the allowed list pass, though it is on the blocked one as well', () => {
    const settings = { ...ON, allowedUserAgents: ['googlebot'], blockedUserAgents: ['googlebot'] };
    expect(judgeUserAgent(settings, CRAWLER)).toEqual({ kind: 'allowed', isRefused: false });
  });

  it.each(['safari', 'Chrome/130*Safari', 'linux x86'])(
    'refuses whoever is on the blocked list by %j, be bots only logged or not blocked at all',
    (entry) => {
      const settings = { ...ON, logOnly: true, blockBots: false, blockedUserAgents: ['other', entry] };
      expect(judgeUserAgent(settings, BROWSER)).toEqual({ kind: 'blocked', isRefused: true });
    },
  );

  it('takes an entry for text and never for a regular expression', () => {
    expect(judgeUserAgent({ ...ON, blockedUserAgents: ['.+', '(a+)+$'] }, BROWSER).kind).toBe('ordinary');
  });

  it('lets everybody pass where it is off', () => {
    const settings = { ...ON, enabled: false, blockedUserAgents: ['curl'] };
    expect(judgeUserAgent(settings, 'curl/8.5.0')).toEqual({ kind: 'allowed', isRefused: false });
  });
});
