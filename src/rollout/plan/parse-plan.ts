import { parseYaml, YamlFault } from '../../config/parse-yaml.ts';
import { GatewayError } from '../../core/gateway-error.ts';
import { type ReleasePlan, releasePlan } from './release-plan.ts';

/** More than any plan needs. */
const MAX_BYTES = 256 * 1024;

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
  try {
    return parseYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlFault)) throw cause;
    throw new GatewayError('invalid_body', `The plan: ${cause.faults[0]}`, { cause });
  }
}
