/** An alert that fires, as an Alertmanager has it; fields may be given others. */
export function firingAlert(fields: object = {}) {
  return {
    status: 'firing',
    labels: { alertname: 'NewPathErrors', action: 'rollback' },
    annotations: {},
    startsAt: '2026-03-01T10:00:00.123456789Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example/graph',
    fingerprint: 'c0ffee0123456789',
    ...fields,
  };
}

/** What an Alertmanager sends of these alerts. */
export function alertsOf(alerts: readonly object[]) {
  return {
    version: '4',
    groupKey: '{}:{alertname="NewPathErrors"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'banyan',
    groupLabels: { alertname: 'NewPathErrors' },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example',
    alerts,
  };
}
