import { z } from 'zod';
import { GatewayError } from '../../core/gateway-error.ts';
import type { Secret } from '../../core/secret.ts';
import type { User } from '../../db/users-repository.ts';

/** Who asks on the admin API, as the stored account has it now. */
export interface AdminActor {
  /** For the audit log. */
  readonly name: string;
  /** `none` on operations that need no login. */
  readonly role: User['role'] | 'none';
  /** Undefined for the token of automation, and where nobody is logged in. */
  readonly userId: string | undefined;
  /** The address that the request came from. */
  readonly address: string;
}

/** A token that may carry out one operation, and is no token anywhere else. */
export interface OperationToken {
  readonly token: Secret;
  /** Whom the audit log has as its holder. */
  readonly name: string;
}

export type AdminMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What an operation reads of a request; a part that is absent is not read. */
export interface InputShape {
  readonly [part: string]: z.ZodType;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
}

/** One operation of the admin API: the route and its part of the OpenAPI document are both made from it. */
export interface AdminOperation {
  readonly methods: readonly AdminMethod[];
  /** Below `/api`, with parameters as OpenAPI writes them, such as `/admin/models/{id}`. */
  readonly path: string;
  /** The least role that may; `none` needs no login. */
  readonly role: AdminActor['role'];
  readonly summary: string;
  /**
   * Whether it is carried out whatever the database does: where that cannot say in time what the account is now, what
   * the token says of it holds.
   */
  readonly urgent: boolean;
  /** Besides the accounts with the role. */
  readonly ownToken: OperationToken | undefined;
  readonly input: InputShape;
  /** Of an answer that succeeds. */
  readonly status: number;
  readonly response: z.ZodType;
  /**
   * Reads the request's parts, acts, and gives the answer with exactly the fields that are documented.
   * @throws GatewayError `invalid_body` naming the first field at fault, or what the operation itself throws
   */
  run(request: Readonly<Record<keyof InputShape, unknown>>, actor: AdminActor): Promise<unknown>;
}

interface OperationSpec<S extends InputShape, R extends z.ZodType> {
  readonly methods: readonly AdminMethod[];
  readonly path: string;
  readonly role: AdminActor['role'];
  readonly summary: string;
  /** False where it is left out. */
  readonly urgent?: boolean;
  readonly ownToken?: OperationToken | undefined;
  readonly input: S;
  /** 200 where it is left out. */
  readonly status?: number;
  readonly response: R;
  readonly handle: (input: z.output<z.ZodObject<S>>, actor: AdminActor) => Promise<z.input<R>> | z.input<R>;
}

/** Puts an operation together; its handler is typed by its schemas. */
export function defineOperation<S extends InputShape, R extends z.ZodType>(
  spec: OperationSpec<S, R>,
): AdminOperation {
  const { handle, status = 200, urgent = false, ownToken, ...rest } = spec;
  const input = z.object(spec.input);
  return {
    ...rest,
    status,
    urgent,
    ownToken,
    async run(request, actor) {
      const answer = await handle(readInput(input, request), actor);
      return spec.response.parse(answer);
    },
  };
}

function readInput<T extends z.ZodType>(schema: T, request: unknown): z.output<T> {
  const result = schema.safeParse(request);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  // The first step of the path is the part of the request, which no client names.
  const param = issue?.path.slice(1).join('.') || undefined;
  throw new GatewayError('invalid_body', issue?.message ?? 'The request is not valid.', { param });
}
