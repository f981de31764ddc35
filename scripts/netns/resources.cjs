// Loaded into each thread of a director (NODE_OPTIONS=--require): when the file that RESOURCES names holds another word than
// before, each thread writes to FILE.WORD.THREAD how many timers it has and what its heap holds, both after a collection.
const { existsSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { queryObjects, setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");
const { threadId } = require("node:worker_threads");

const file = process.env.RESOURCES;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
let told = "";
const watch = setInterval(() => {
  const asked = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (asked === told) return;
  told = asked;
  collect();
  const timers = queryObjects(watch.constructor);
  const answer = `${file}.${asked}.${threadId}`;
  writeFileSync(`${answer}.new`, JSON.stringify({ thread: threadId, timers, heapUsed: process.memoryUsage().heapUsed }));
  renameSync(`${answer}.new`, answer);
}, 100).unref();
