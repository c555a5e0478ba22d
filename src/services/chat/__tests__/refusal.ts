import { GatewayError } from '../../../core/gateway-error.ts';

/** Why something is refused, as far as a client's code can tell. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly param: string | undefined;
  readonly message: string;
}

/** The refusal that the work ends with. Fails where it ends otherwise. */
export function refusalOf(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, status, param, message } = error;
    return { code, status, param, message };
  }
  throw new Error('It was not refused.');
}
