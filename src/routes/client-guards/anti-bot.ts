import type { RequestHandler, Response } from 'express';
import { GatewayError } from '../../core/gateway-error.ts';
import type { Logger } from '../../core/logger.ts';
import type { AntiBotSettings } from '../../db/system-settings-repository.ts';
import { requestIdOf } from '../request-id.ts';
import { judgeUserAgent } from './judge-user-agent.ts';

const LOGGED_CHARACTERS = 100;

export interface AntiBotDependencies {
  /** Asked with each request, from memory. */
  readonly settings: () => AntiBotSettings;
  readonly logger: Logger;
  /** Is told of a request that is turned away, before it is answered. */
  readonly onRefused: (response: Response, error: GatewayError) => void;
}

/** Turns bots and suspicious clients away with `bot_detected`, as far as the settings say, and logs them. */
export function createAntiBot({ settings, logger, onRefused }: AntiBotDependencies): RequestHandler {
  return (request, response, next) => {
    const antiBot = settings();
    if (!antiBot.enabled) return next();
    const userAgent = request.headers['user-agent'];
    const { kind, isRefused } = judgeUserAgent(antiBot, userAgent);
    if (kind === 'allowed' || kind === 'ordinary') return next();
    const fields = {
      requestId: requestIdOf(response),
      kind,
      isRefused,
      userAgent: userAgent?.slice(0, LOGGED_CHARACTERS),
    };
    logger.info(fields, 'the anti-bot check found a client');
    if (!isRefused) return next();
    const error = new GatewayError('bot_detected', 'Requests of this client are not taken.', {
      param: 'user-agent',
    });
    onRefused(response, error);
    next(error);
  };
}
