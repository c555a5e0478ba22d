import type { RequestListener } from 'node:http';
import { startLocalServer } from '../../support/local-server.ts';

/** A server of a list of prices that answers as it is told. */
export interface PriceListServer {
  readonly url: string;
  /** How often it was asked. */
  readonly asked: () => number;
  answer(listener: RequestListener): void;
  /** Answers with this list. */
  answerList(list: object): void;
}

/** Starts it for the running test; at first its list is empty. */
export async function startPriceListServer(): Promise<PriceListServer> {
  let asked = 0;
  let listener: RequestListener = (_, response) => response.end('{}');
  const origin = await startLocalServer((request, response) => {
    asked += 1;
    listener(request, response);
  });
  return {
    url: `${origin}/model_prices_and_context_window.json`,
    asked: () => asked,
    answer(given) {
      listener = given;
    },
    answerList(list) {
      listener = (_, response) => response.end(JSON.stringify(list));
    },
  };
}
