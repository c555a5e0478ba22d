/** The process's environment variables. Nothing else in the gateway reads them. */
export function readProcessVariables(): Readonly<Record<string, string | undefined>> {
  return { ...process.env };
}
