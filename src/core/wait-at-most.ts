/**
 * What the promise gives, unless it takes too long.
 * @param limitMs milliseconds; what has arrived while the process was busy with other things is not late
 * @param toError makes what is thrown where it is late
 * @throws Error where it is late, and whatever the promise rejects with
 */
export async function waitAtMost<T>(
  promise: Promise<T>,
  limitMs: number,
  toError = () => new Error(`There was no answer within ${limitMs} ms.`),
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const expire = () => reject(toError());
  // Due timers run before the sockets are read: without one more turn, a long turn of our own would look like a
  // slow peer.
  const timer = setTimeout(() => setImmediate(expire), limitMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    // Where it is late it may still fail, with nobody left to hear of it.
    promise.catch(() => {});
  }
}
