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

/** One line of a talk that came back; `at` is Unix time in milliseconds. */
export interface Echo {
  /** Which talk: its port on the client's side. */
  readonly fromPort: number;
  /** 0, 1, 2 … as it was sent. */
  readonly number: number;
  readonly at: number;
}

/** A talk that has ended, in order when there is no error. */
export interface HungUp {
  readonly fromPort: number;
  readonly at: number;
  readonly error?: string;
}

/** A TCP connection on which a numbered line is sent every `everyMs`. */
export interface Talk {
  readonly from: string;
  readonly fromPort: number;
  readonly address: string;
  readonly port: number;
  readonly everyMs: number;
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
  | { readonly type: "endLoad" }
  | { readonly type: "echo"; readonly address: string; readonly port: number }
  | ({ readonly type: "talk" } & Talk)
  | { readonly type: "hangUp"; readonly fromPort: number };

export type Order = Task & { readonly id: number };

export type Report =
  | { readonly type: "done"; readonly id: number; readonly value?: Answer; readonly error?: string }
  | { readonly type: "answer"; readonly answer: Answer }
  | { readonly type: "mail"; readonly mail: Mail }
  | { readonly type: "echo"; readonly echo: Echo }
  | { readonly type: "hungUp"; readonly hungUp: HungUp };

interface Waiting {
  readonly resolve: (value: Answer | undefined) => void;
  readonly reject: (error: Error) => void;
}

const ASK_TIMEOUT_MS = 2_000;
const LOAD_TIMEOUT_MS = 500;

/** The programs of one machine: a web server, an echo server, a mail server, or a client. They run in the machine's namespace. */
export class Machine {
  readonly name: string;
  /** What the load was answered since startLoad, in the order of the answers. */
  readonly answers: Answer[] = [];
  /** Mails received, oldest first. */
  readonly mails: Mail[] = [];
  /** What came back on the talks, in the order in which it came. */
  readonly echoes: Echo[] = [];
  readonly hungUp: HungUp[] = [];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #orders = 0;
  #died: Error | undefined;

  constructor(name: string) {
    this.name = name;
    this.#worker = new Worker(new URL("./machine-thread.js", import.meta.url), { workerData: name });
    this.#worker.on("message", (report: Report) => this.#heard(report));
    this.#worker.on("error", (error) => {
      this.#died = error;
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

  /** Sends back whatever it is sent. */
  async echo(address: string, port: number): Promise<void> {
    await this.#order({ type: "echo", address, port });
  }

  /** @returns when the connection stands and its first line is sent */
  async talk(talk: Talk): Promise<void> {
    await this.#order({ type: "talk", ...talk });
  }

  async hangUp(fromPort: number): Promise<void> {
    await this.#order({ type: "hangUp", fromPort });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #order(task: Task): Promise<Answer | undefined> {
    const id = this.#orders++;
    return new Promise((resolve, reject) => {
      if (this.#died !== undefined) return reject(this.#died);
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
      case "echo":
        this.echoes.push(report.echo);
        return;
      case "hungUp":
        this.hungUp.push(report.hungUp);
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
