import type { MessagePort } from "node:worker_threads";
import type { Log, LogLevel, LogRecord, LogSource } from "../base/log.ts";

/**
 * The Log of one thread.
 *
 * @param detail how often -D was given: lines of `detail` are dropped without it
 * @param emit hands a record on to where the services thread reads it; must not throw
 */
export function threadLog(source: LogSource, detail: number, emit: (record: LogRecord) => void): Log {
  const write = (level: LogLevel, text: string): void => emit({ source, level, atMs: Date.now(), text });
  return {
    write,
    info: (text) => write("info", text),
    warning: (text) => write("warning", text),
    error: (text) => write("error", text),
    detail: (text) => {
      if (detail > 0) write("info", text);
    },
    detailed: detail > 0,
  };
}

/** A worker's log: what is written before `connect` is sent then. */
export function connectableLog(source: LogSource, detail: number): { readonly log: Log; readonly connect: (port: MessagePort) => void } {
  let port: MessagePort | undefined;
  const early: LogRecord[] = [];
  const log = threadLog(source, detail, (record) => {
    if (port === undefined) early.push(record);
    else port.postMessage(record);
  });
  return {
    log,
    connect: (given) => {
      port = given;
      for (const record of early.splice(0)) given.postMessage(record);
    },
  };
}
