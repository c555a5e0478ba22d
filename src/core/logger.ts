type LogMethod = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/**
 * What a part of the gateway may log through; pino satisfies it.
 * `error` means that someone must act now. Prompts, completions and keys are never fields.
 */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  /** A logger that adds these fields to each line. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}
