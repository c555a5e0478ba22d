import { z } from 'zod';

const TIMEOUT_MS = 10_000;
const errorBody = z.object({ error: z.object({ message: z.string() }) });

/** Speaks to a running gateway's admin API. */
export interface AdminClient {
  /**
   * @param path below `/api/admin`
   * @returns the answer's JSON
   * @throws Error whose message is for the operator
   */
  send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown>;
}

/** @param token undefined where the operator has set none; the gateway then refuses */
export function createAdminClient(url: string, token: string | undefined): AdminClient {
  return {
    async send(method, path, body) {
      const response = await fetch(`${url.replace(/\/+$/, '')}/api/admin${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((cause: unknown) => {
        throw new Error(`No gateway answers at ${url}.`, { cause });
      });
      const answer: unknown = await response.json().catch(() => undefined);
      if (response.ok) return answer;
      const told = errorBody.safeParse(answer);
      const hint = response.status === 401 && token === undefined ? ' Set ADMIN_TOKEN.' : '';
      throw new Error(`${told.success ? told.data.error.message : `HTTP ${response.status}`}${hint}`);
    },
  };
}
