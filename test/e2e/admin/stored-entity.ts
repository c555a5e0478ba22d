import { onTestFinished } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { EmulatedGateway } from '../../support/emulated-gateway.ts';
import { addByAdmin, askAdmin } from './admin-client.ts';

/** A stored thing: where it is and what it is shown as. */
export interface Stored {
  readonly path: string;
  readonly view: JsonObject;
  /** Whether its secret is still the one that it was made with; true where it has none. */
  readonly secretWorks: () => Promise<boolean>;
}

/** A change of one field. */
export interface Change {
  readonly field: string;
  readonly value: unknown;
  /** What the field has then, where that is not the value. */
  readonly shown?: unknown;
  /** What else is to change with it. */
  readonly beside?: object;
}

/** A kind of thing that the admin API stores. */
export interface Entity {
  readonly name: string;
  /** Where the document has the change. */
  readonly template: string;
  /** Makes one with a value of its own in every field. */
  readonly make: () => Promise<Stored>;
  readonly changes: readonly Change[];
  /** With null in it, where that clears something. */
  readonly cleared: readonly Change[];
  /** Fields that null must not clear. */
  readonly needed: readonly string[];
}

/** The gateway of a test, which is there once its tests run. */
export type Running = () => EmulatedGateway;

/** Adds a thing, which is removed with the test. */
export async function store(
  gateway: Running,
  path: string,
  body: object,
  secretWorks: (added: JsonObject, path: string) => Promise<boolean> = async () => true,
): Promise<Stored> {
  const added = await addByAdmin(gateway(), path, body);
  const own = `${path}/${added.id}`;
  onTestFinished(async () => void (await askAdmin(gateway(), 'DELETE', own)));
  const { body: view } = await askAdmin(gateway(), 'GET', own);
  return { path: own, view, secretWorks: () => secretWorks(added, own) };
}
