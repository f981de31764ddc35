import type { Notification, NumberedNotification } from "../base/notification.ts";

/** Notifications that services has not acknowledged: given again to a new services worker, so that its death loses none. */
export class NotificationLedger {
  readonly #pending = new Map<number, NumberedNotification>();
  #last = 0;

  add(notification: Notification, atMs: number): NumberedNotification {
    const numbered = { number: ++this.#last, atMs, notification };
    this.#pending.set(numbered.number, numbered);
    return numbered;
  }

  acknowledge(number: number): void {
    this.#pending.delete(number);
  }

  /** In the order of their numbers. */
  get pending(): readonly NumberedNotification[] {
    return [...this.#pending.values()];
  }
}
