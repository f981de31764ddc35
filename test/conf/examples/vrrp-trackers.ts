import type { BlockExamples } from "./example.ts";
import { instance, SECURITY } from "./vrrp-instance.ts";

const SCRIPT = `${SECURITY}\nvrrp_script S {\n  script "/bin/true"\n}`;
const PROCESS = "vrrp_track_process P {\n  process haproxy\n}";
const BFD = "bfd_instance B {\n  neighbor_ip 192.0.2.9\n}";

const tracks = (list: string, entry: string): string => instance(`${list} {\n  ${entry}\n}`);
const trackFile = (keyword: string) => ({
  frame: (lines: string) => `${keyword} T {\n${lines}\n}\n`,
  keywords: {
    file: { lines: "file /run/load" },
    weight: { lines: "weight -10 reverse", beside: "file /run/load" },
    init_file: { lines: "init_file 7 overwrite", beside: "file /run/load" },
  },
});

/** What is tracked, and the entries that refer to it. */
export const TRACKER_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
  "<track-entry>": {
    frame: (lines) => lines,
    keywords: {
      "<IFNAME>": { frame: (lines) => tracks("track_interface", `eth1 ${lines.trim()}`), lines: "weight 10 reverse" },
      "<SCRIPT>": { frame: (lines) => tracks("track_script", `S ${lines.trim()}`), lines: "weight -10 reverse", outside: SCRIPT },
      "<FILE>": { frame: (lines) => tracks("track_file", `T ${lines.trim()}`), lines: "weight 2 noreverse", outside: "track_file T {\n  file /run/load\n  weight 1 reverse\n}" },
      "<PROCESS>": { frame: (lines) => tracks("track_process", `P ${lines.trim()}`), lines: "weight 254 reverse", outside: PROCESS },
      "<BFD>": { frame: (lines) => tracks("track_bfd", `B ${lines.trim()}`), lines: "weight -253", outside: BFD },
    },
  },
  vrrp_script: {
    frame: (lines) => `${SECURITY}\nvrrp_script S {\n${lines}\n}\n${tracks("track_script", "S")}`,
    keywords: {
      script: { lines: `script "/bin/echo 'a b' c" root`, beside: "script /bin/true" },
      interval: { lines: "interval 0.25", beside: "script /bin/true" },
      timeout: { lines: "timeout 3", beside: "script /bin/true" },
      weight: { lines: "weight 5 reverse", beside: "script /bin/true" },
      rise: { lines: "rise 2", beside: "script /bin/true" },
      fall: { lines: "fall 3", beside: "script /bin/true" },
      user: { lines: "user nobody nogroup", beside: "script /bin/true" },
      init_fail: { lines: "init_fail", beside: "script /bin/true", same: "being tracked, the script forgets it, in keepalived too" },
    },
  },
  vrrp_track_process: {
    frame: (lines) => `vrrp_track_process P {\n${lines}\n}\n${tracks("track_process", "P")}`,
    keywords: {
      process: { lines: 'process "/usr/sbin/ha proxy" -f "a b"' },
      param_match: { lines: "param_match partial", beside: "process haproxy -f" },
      weight: { lines: "weight -254", beside: "process haproxy" },
      quorum: { lines: "quorum 2", beside: "process haproxy" },
      quorum_max: { lines: "quorum_max 0", beside: "process haproxy" },
      delay: { lines: "delay 0.5", beside: "process haproxy" },
      terminate_delay: { lines: "terminate_delay 1.5", beside: "process haproxy" },
      fork_delay: { lines: "fork_delay 2.5", beside: "process haproxy" },
      full_command: { lines: "full_command", beside: "process haproxy" },
    },
  },
  track_file: trackFile("track_file"),
  vrrp_track_file: trackFile("vrrp_track_file"),
  bfd_instance: {
    frame: (lines) => `bfd_instance B {\n${lines}\n}\n${tracks("track_bfd", "B")}`,
    keywords: {
      source_ip: { lines: "source_ip 192.0.2.1", beside: "neighbor_ip 192.0.2.9" },
      neighbor_ip: { lines: "neighbor_ip 192.0.2.8", beside: "neighbor_ip 192.0.2.9" },
      neighbour_ip: { lines: "neighbour_ip 192.0.2.8", beside: "neighbor_ip 192.0.2.9" },
      min_rx: { lines: "min_rx 50.125", beside: "neighbor_ip 192.0.2.9" },
      min_tx: { lines: "min_tx 100", beside: "neighbor_ip 192.0.2.9" },
      idle_tx: { lines: "idle_tx 2000", beside: "neighbor_ip 192.0.2.9" },
      multiplier: { lines: "multiplier 3", beside: "neighbor_ip 192.0.2.9" },
      passive: { lines: "passive", beside: "neighbor_ip 192.0.2.9" },
      ttl: { lines: "ttl 64", beside: "neighbor_ip 192.0.2.9" },
      hoplimit: { lines: "hoplimit 255", beside: "neighbor_ip 2001:db8::9" },
      max_hops: { lines: "max_hops -1", beside: "neighbor_ip 192.0.2.9" },
      multihop: { lines: "multihop", beside: "neighbor_ip 192.0.2.9" },
      weight: { lines: "weight 7 reverse", beside: "neighbor_ip 192.0.2.9" },
      vrrp: { lines: "vrrp", beside: "neighbor_ip 192.0.2.9" },
      checker: { lines: "checker", beside: "neighbor_ip 192.0.2.9\nvrrp" },
    },
  },
};
