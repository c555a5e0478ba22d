import type { Knex } from 'knex';
import type { z } from 'zod';
import type { GatewayKeyCipher } from '../gateway-directory.ts';

/** The parts of a request that an operation reads, by their schemas. */
export interface OperationInput {
  readonly [part: string]: z.ZodType;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
}

/** One operation of the admin API, as the frame of that API takes it. */
export interface OperationSpec<S extends OperationInput, R extends z.ZodType, Actor> {
  readonly methods: readonly ('get' | 'post' | 'put' | 'patch' | 'delete')[];
  /** Below `/api`, with parameters in braces. */
  readonly path: string;
  /** The least role that may. */
  readonly role: 'viewer' | 'operator' | 'admin';
  readonly summary: string;
  readonly input: S;
  /** 200 where it is left out. */
  readonly status?: number;
  readonly response: R;
  readonly handle: (input: z.output<z.ZodObject<S>>, actor: Actor) => Promise<z.input<R>> | z.input<R>;
}

/** An entry of the audit log, but for who made the change. Secrets are never in it. */
export interface ChangeEntry {
  readonly action: string;
  readonly entity: string;
  readonly entityId: string;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}

/**
 * What the legacy operations work with.
 * @template Actor who asks, in the caller's own type
 * @template Operation what the frame makes of a spec
 */
export interface LegacyOperationDependencies<Actor, Operation> {
  readonly db: Knex;
  readonly cipher: GatewayKeyCipher;
  /** Puts an operation into the frame, which checks roles, reads requests and documents it. */
  readonly define: <S extends OperationInput, R extends z.ZodType>(
    spec: OperationSpec<S, R, Actor>,
  ) => Operation;
  /** Makes a change and its audit entries in one transaction, and has it come into force. */
  readonly change: <T>(
    actor: Actor,
    work: (
      transaction: Knex.Transaction,
    ) => Promise<{ readonly entries: readonly ChangeEntry[]; readonly result: T }>,
  ) => Promise<T>;
}
