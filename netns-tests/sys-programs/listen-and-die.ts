// A thread that opens a UDP listener on the port it is given and dies of an error.

import { workerData } from "node:worker_threads";
import { PollLoop } from "../../src/sys/poll-loop.ts";
import { openUdpListener } from "../../src/sys/udp-socket.ts";

openUdpListener(new PollLoop(), { family: 4, port: workerData as number, wake: () => undefined });
throw new Error("on purpose");
