/** One row of a scenario's table: a name, then its figures. */
export interface ScenarioRow {
  readonly name: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** What a scenario measured. */
export interface ScenarioResult {
  readonly rows: readonly ScenarioRow[];
  /** The figure that the chart shows. */
  readonly charted: string;
  /** The object that `--json` prints. */
  readonly json: Readonly<Record<string, unknown>>;
  /** How it was measured, for whoever reads the table later. */
  readonly method: string;
}

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** @param quick fewer and shorter rounds; @param tell progress, for standard error */
  run(options: { readonly quick: boolean; readonly tell: (line: string) => void }): Promise<ScenarioResult>;
}
