/** The calendar month of a moment, in UTC, such as `2026-11`. @param time epoch milliseconds */
export function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}

/** When the month after that of a moment begins, in epoch milliseconds. @param time epoch milliseconds */
export function nextMonthAt(time: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
