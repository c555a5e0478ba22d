const PROBE_LIMIT_MS = 2_000;

/**
 * Whether a Portkey gateway answers there: `GET /` is its one route that needs no header. A redirect, which something
 * in front of it may give, is an answer, too, and is not followed.
 */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(PROBE_LIMIT_MS) });
    await response.arrayBuffer();
    return response.status < 400;
  } catch {
    // Not answering is what was asked; why does not matter.
    return false;
  }
}
