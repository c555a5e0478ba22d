/** A way in which the legacy path's answers or requests differ from plain OpenAI semantics. */
export interface Quirk {
  readonly id: string;
  /** What the legacy path does. */
  readonly legacy: string;
  /** What the new path does under `compat: openai`, and under `portkey` where the quirk is not reproduced. */
  readonly ours: string;
  readonly why: string;
  /** Whether a client's code could have come to rely on it. */
  readonly clientsMayRely: boolean;
  /** `portkey`: reproduced under that compat; `never`: it does harm, or is nobody's business to keep. */
  readonly reproduced: 'portkey' | 'never';
  /** What harm the legacy path does; only with one may answers differ under `compat: portkey`. */
  readonly harm?: 'loses data' | 'lies';
  /**
   * The differences that it explains: where they stand, as a pattern over paths such as `answer.error.message` or
   * `provider[0].body.temperature`, and in which cases of the parity corpus.
   */
  readonly explains: readonly { readonly at: RegExp; readonly cases: RegExp }[];
}
