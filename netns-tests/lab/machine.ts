import { Worker } from "node:worker_threads";

/** What one request was answered; `body` is trimmed. Times are Unix time in milliseconds. */
export interface Answer {
  readonly askedAt: number;
  readonly at: number;
  readonly from: string;
  readonly body: string;
  readonly error?: string;
}

export interface Mail {
  readonly at: number;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

interface Asking {
  readonly from: string;
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
}

type Task =
  | { readonly type: "serve"; readonly address: string; readonly port: number; readonly page: string }
  | { readonly type: "stop"; readonly address: string }
  | { readonly type: "page"; readonly address: string; readonly page: string }
  | { readonly type: "mail"; readonly address: string; readonly port: number }
  | ({ readonly type: "ask" } & Asking)
  | ({ readonly type: "load"; readonly everyMs: number } & Asking)
  | { readonly type: "endLoad" };

export type Order = Task & { readonly id: number };

export type Report =
  | { readonly type: "done"; readonly id: number; readonly value?: Answer; readonly error?: string }
  | { readonly type: "answer"; readonly answer: Answer }
  | { readonly type: "mail"; readonly mail: Mail };

interface Waiting {
  readonly resolve: (value: Answer | undefined) => void;
  readonly reject: (error: Error) => void;
}

const ASK_TIMEOUT_MS = 2_000;
const LOAD_TIMEOUT_MS = 500;

/** The programs of one machine: a web server, a mail server, or a client. They run in the machine's namespace. */
export class Machine {
  readonly name: string;
  /** What the load was answered since startLoad, in the order of the answers. */
  readonly answers: Answer[] = [];
  /** Mails received, oldest first. */
  readonly mails: Mail[] = [];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #orders = 0;

  constructor(name: string) {
    this.name = name;
    this.#worker = new Worker(new URL("./machine-thread.js", import.meta.url), { workerData: name });
    this.#worker.on("message", (report: Report) => this.#heard(report));
    this.#worker.on("error", (error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  async serve(address: string, port: number, page: string): Promise<void> {
    await this.#order({ type: "serve", address, port, page });
  }

  /** The web server on an address ends: connections to its port are refused. */
  async stopServing(address: string): Promise<void> {
    await this.#order({ type: "stop", address });
  }

  async changePage(address: string, page: string): Promise<void> {
    await this.#order({ type: "page", address, page });
  }

  async receiveMail(address: string, port: number): Promise<void> {
    await this.#order({ type: "mail", address, port });
  }

  /** One GET; what went wrong is in the answer. */
  async ask(from: string, address: string, port: number): Promise<Answer> {
    const answer = await this.#order({ type: "ask", from, address, port, timeoutMs: ASK_TIMEOUT_MS });
    if (answer === undefined) throw new Error(`${this.name} did not say what it was answered`);
    return answer;
  }

  /** Asks again and again, a new connection every `everyMs`; the answers are collected. */
  async startLoad(from: string, address: string, port: number, everyMs: number): Promise<void> {
    await this.#order({ type: "load", from, address, port, everyMs, timeoutMs: LOAD_TIMEOUT_MS });
  }

  async endLoad(): Promise<void> {
    await this.#order({ type: "endLoad" });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #order(task: Task): Promise<Answer | undefined> {
    const id = this.#orders++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...task, id });
    });
  }

  #heard(report: Report): void {
    switch (report.type) {
      case "answer":
        this.answers.push(report.answer);
        return;
      case "mail":
        this.mails.push(report.mail);
        return;
      case "done": {
        const waiting = this.#waiting.get(report.id);
        this.#waiting.delete(report.id);
        if (report.error === undefined) waiting?.resolve(report.value);
        else waiting?.reject(new Error(`${this.name}: ${report.error}`));
        return;
      }
      default:
        report satisfies never;
    }
  }
}
