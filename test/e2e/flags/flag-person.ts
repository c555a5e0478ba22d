import { z } from 'zod';

const PROJECT = '/api/admin/projects/default';
const strategies = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    disabled: z.boolean(),
    parameters: z.record(z.string(), z.string()),
  }),
);
const environment = z.object({ enabled: z.boolean() });

export type PersonsStrategy = z.output<typeof strategies>[number];

/** A gradual rollout as the gateway makes it, with another percentage as text. */
export const share = (rollout: string, more: object = {}) => ({
  name: 'flexibleRollout',
  parameters: { rollout, stickiness: 'userId', groupId: 'use-litellm' },
  constraints: [],
  ...more,
});

/** Somebody who changes flags in Unleash itself, in the environment `production`. */
export interface FlagPerson {
  /** Makes the flag anew, off or on, with these strategies only. */
  makeFlag(name: string, enabled: boolean, strategies: readonly object[]): Promise<void>;
  /** Archives and deletes it, where it is. */
  removeFlag(name: string): Promise<void>;
  setEnabled(name: string, enabled: boolean): Promise<void>;
  strategiesOf(name: string): Promise<PersonsStrategy[]>;
  isEnabled(name: string): Promise<boolean>;
  setRollout(name: string, rollout: string): Promise<void>;
  removeStrategies(name: string): Promise<void>;
  /** Calls the admin API. @throws Error where it refuses */
  call(method: string, path: string, body?: object): Promise<unknown>;
}

/** @param headers what it is let in by */
export function createFlagPerson(url: string, headers: Readonly<Record<string, string>>): FlagPerson {
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const at = (name: string, path = '') => `${PROJECT}/features/${name}/environments/production${path}`;
  const person: FlagPerson = {
    call,
    async makeFlag(name, enabled, made) {
      await person.removeFlag(name);
      await call('POST', `${PROJECT}/features`, { name, type: 'release' });
      for (const each of made) await call('POST', at(name, '/strategies'), each);
      if (enabled) await person.setEnabled(name, true);
    },
    async removeFlag(name) {
      await call('DELETE', `${PROJECT}/features/${name}`).catch(() => undefined);
      await call('DELETE', `/api/admin/archive/${name}`).catch(() => undefined);
    },
    async setEnabled(name, enabled) {
      await call('POST', at(name, enabled ? '/on' : '/off'));
    },
    strategiesOf: async (name) => strategies.parse(await call('GET', at(name, '/strategies'))),
    isEnabled: async (name) => environment.parse(await call('GET', at(name))).enabled,
    async setRollout(name, rollout) {
      for (const { id } of await person.strategiesOf(name)) {
        const change = [{ op: 'replace', path: '/parameters/rollout', value: rollout }];
        await call('PATCH', at(name, `/strategies/${id}`), change);
      }
    },
    async removeStrategies(name) {
      for (const { id } of await person.strategiesOf(name))
        await call('DELETE', at(name, `/strategies/${id}`));
    },
  };
  return person;
}
