/** Whose dialect the provider of a case speaks. */
export type CaseDialect = 'openai' | 'anthropic' | 'google' | 'deepseek';

/** One request that both paths are sent, and must answer alike. */
export interface ParityCase {
  /** Its dialect where that is not OpenAI's, its group, then what it is; the quirk registry names cases by it. */
  readonly name: string;
  readonly dialect: CaseDialect;
  /** Without the model, which is the dialect's. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The endpoint; chat completions unless it says otherwise. */
  readonly path?: string;
  /** Client headers of the allow-list. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body goes out as a form with this file in it. */
  readonly file?: { readonly field: string; readonly name: string; readonly type: string };
}

/** A case's content by its name. */
export type NamedBody = readonly [string, Readonly<Record<string, unknown>>];

/** Each feature twice, as a whole answer and as a stream. */
export function wholeAndStreamed(dialect: CaseDialect, features: readonly NamedBody[]): ParityCase[] {
  const prefix = dialect === 'openai' ? '' : `${dialect} `;
  return [
    ...features.map(([name, body]) => ({ name: `${prefix}whole: ${name}`, dialect, body })),
    ...features.map(([name, body]) => ({
      name: `${prefix}stream: ${name}`,
      dialect,
      body: { ...body, stream: true },
    })),
  ];
}

/** Cases of one dialect, each under its own name. */
export function cases(dialect: CaseDialect, path: string, named: readonly NamedBody[]): ParityCase[] {
  const prefix = dialect === 'openai' ? '' : `${dialect} `;
  return named.map(([name, body]) => ({ name: `${prefix}${name}`, dialect, path, body }));
}
