/**
 * Names each call that comes of one request, in the order in which they are made: the classifier's own, then one for
 * each target that is tried. The first has the request's own name.
 * @returns gives the next name, none twice
 */
export function drawIdsOf(requestId: string): () => string {
  let calls = 0;
  return () => {
    calls += 1;
    return calls === 1 ? requestId : `${requestId}/${calls}`;
  };
}
