import { LineCounter, parseDocument } from 'yaml';
import { GatewayError } from '../../core/gateway-error.ts';
import { type ReleasePlan, releasePlan } from './release-plan.ts';

/** More than any plan needs. */
const MAX_BYTES = 256 * 1024;
const MAX_ALIASES = 50;

/**
 * Reads a plan.
 * @param text YAML, of which JSON is a part
 * @throws GatewayError `invalid_body` that names the first field at fault
 */
export function parsePlan(text: string): ReleasePlan {
  const parsed = releasePlan.safeParse(readYaml(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = issue?.path.join('.') || undefined;
  throw new GatewayError('invalid_body', `${param ?? 'The plan'}: ${issue?.message ?? 'is not valid'}`, {
    param,
  });
}

function readYaml(text: string): unknown {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new GatewayError('invalid_body', `A plan has at most ${MAX_BYTES / 1024} kB.`);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = lineCounter.linePos(fault.pos[0]);
    throw new GatewayError('invalid_body', `line ${line}, column ${col}: ${fault.code}`);
  }
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return content;
  } catch (cause) {
    throw new GatewayError('invalid_body', 'The plan repeats itself by too many aliases.', { cause });
  }
}
