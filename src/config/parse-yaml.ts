import { LineCounter, parseDocument } from 'yaml';

/** More than anybody writes by hand; a document of a few lines could stand for gigabytes otherwise. */
const MAX_ALIASES = 100;

/** What is wrong with a document: where, and in what. It never quotes it, as a key may stand in the line. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault';
  readonly faults: readonly string[];

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join('; '), options);
    this.faults = faults;
  }
}

/**
 * Reads YAML, of which JSON is a part.
 * @throws YamlFault
 */
export function parseYaml(text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter });
  const faults = document.errors.map(({ code, pos }) => {
    const { line, col } = lineCounter.linePos(pos[0]);
    return `line ${line}, column ${col}: ${code}`;
  });
  if (faults.length > 0) throw new YamlFault(faults);
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return content;
  } catch (cause) {
    throw new YamlFault(['it repeats itself by too many aliases, or by one that stands for nothing'], {
      cause,
    });
  }
}
