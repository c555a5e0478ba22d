/**
 * What a promise rejects with.
 * @throws Error where it does not
 */
export async function errorOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('There was no error.');
}
