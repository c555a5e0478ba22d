import type { Knex } from 'knex';
import { z } from 'zod';
import type { Secret } from '../../../core/secret.ts';
import { waitAtMost } from '../../../core/wait-at-most.ts';
import { findAuditEntries } from '../../../db/audit-log-repository.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { type AlertIdentity, type AlertMemory, createAlertMemory } from './alert-memory.ts';
import { type SwitchDependencies, switchKill } from './switch-kill.ts';

/** How long the audit log is waited for, in milliseconds; where it is late, the alert is taken for a new one. */
const LOOK_WAIT_MS = 250;
/** Entries of the audit log that are looked through. */
const LOOK_BACK = 100;
/** Alerts that a reason names. */
const NAMED = 3;

const labels = z.record(z.string(), z.string());

const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels,
  annotations: labels,
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }),
  fingerprint: z.string().min(1).max(255),
});

/** What an Alertmanager sends to a webhook, version 4; fields that it may add are let through. */
const alertsBody = z.object({
  version: z.literal('4'),
  groupKey: z.string(),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  groupLabels: labels,
  commonLabels: labels,
  externalURL: z.string(),
  alerts: z.array(alert).max(1000),
});

type Alert = z.output<typeof alert>;

export interface AlertDependencies extends SwitchDependencies {
  /** Undefined where only operators report alerts. */
  readonly alertsToken: Secret | undefined;
}

/**
 * `/api/admin/rollout/alerts`: a firing alert labelled `action: rollback` engages the kill switch, once for each
 * fingerprint and start; no alert ever releases it.
 */
export function alertsOperation(deps: AlertDependencies): AdminOperation {
  const { alertsToken } = deps;
  const memory = createAlertMemory();
  return defineOperation({
    methods: ['post'],
    path: '/admin/rollout/alerts',
    role: 'operator',
    summary: 'Alerts as an Alertmanager sends them; a firing one with the label action=rollback kills',
    urgent: true,
    ownToken: alertsToken === undefined ? undefined : { token: alertsToken, name: 'alerts-token' },
    input: { body: alertsBody },
    response: z.object({
      /** Whether these alerts have engaged the kill switch; false as well where they had before. */
      acted: z.boolean(),
    }),
    async handle({ body }, { name }) {
      const unseen = memory.takeUnseen(body.alerts.filter(asksForRollback));
      const fresh = await withoutActed(unseen, deps.db);
      if (fresh.length === 0) return { acted: false };
      const identities = fresh.map(({ fingerprint, startsAt }) => ({ fingerprint, startsAt }));
      await actOn(fresh, identities, name, deps, memory);
      return { acted: true };
    },
  });
}

async function actOn(
  fresh: readonly Alert[],
  identities: readonly AlertIdentity[],
  actor: string,
  deps: AlertDependencies,
  memory: AlertMemory,
): Promise<void> {
  try {
    await switchKill(deps, 'kill', { actor, reason: describeAlerts(fresh) }, { alerts: identities });
  } catch (error) {
    // The sender asks again, and must not be told then that this was done.
    memory.forget(identities);
    throw error;
  }
}

function asksForRollback({ status, labels: its }: Alert): boolean {
  return status === 'firing' && its.action === 'rollback';
}

/** Those that no process has acted on; all of them where the audit log cannot tell. */
async function withoutActed(alerts: readonly Alert[], db: Knex): Promise<readonly Alert[]> {
  if (alerts.length === 0) return alerts;
  const acted = await waitAtMost(readActed(db), LOOK_WAIT_MS).catch(() => new Set<string>());
  return alerts.filter((each) => !acted.has(`${each.fingerprint} ${each.startsAt}`));
}

const actedOn = z.object({
  alerts: z.array(z.object({ fingerprint: z.string(), startsAt: z.string() })).default([]),
});

async function readActed(db: Knex): Promise<ReadonlySet<string>> {
  const filter = { entity: 'rollout', action: 'kill', page: 1, pageSize: LOOK_BACK };
  const { rows } = await findAuditEntries(db, filter);
  const identities = rows.flatMap(({ after }) => actedOn.safeParse(after).data?.alerts ?? []);
  return new Set(identities.map(({ fingerprint, startsAt }) => `${fingerprint} ${startsAt}`));
}

/** Labels may be of any length. */
function describeAlerts(alerts: readonly Alert[]): string {
  const named = alerts
    .slice(0, NAMED)
    .map(
      (each) =>
        `${(each.labels.alertname ?? 'unnamed').slice(0, 100)} (${each.fingerprint}, since ${each.startsAt})`,
    );
  const others = alerts.length > NAMED ? ` and ${alerts.length - NAMED} more` : '';
  return `alert ${named.join(', ')}${others}`;
}
