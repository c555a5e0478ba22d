/**
 * Ends this process with its parent, and with nothing else: a terminal and a service manager signal the whole group,
 * and the parent lets running answers finish first.
 */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}
