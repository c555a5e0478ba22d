const PROBE_LIMIT_MS = 2_000;

/** Whether a Portkey gateway answers there: `GET /` is its one route that needs no header. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_LIMIT_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not answering is what was asked; why does not matter.
    return false;
  }
}
