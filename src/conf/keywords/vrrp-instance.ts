import type { AuthHmacDraft, InstanceDraft } from "../drafts.ts";
import { block, bool, custom, entries, flag, integer, list, seconds, wholeSeconds } from "../forms.ts";
import type { EntryTable, KeywordTable } from "../keyword.ts";
import { INT_MAX, UINT_MAX } from "../numbers.ts";
import { readExcludedAddress, readGarpExtra, readVirtualAddress } from "../readers/address.ts";
import { readActiveKey, readAntiReplay, readHmacKey, readHmacMode } from "../readers/auth-hmac.ts";
import {
  readAdvertInterval,
  readAuthPass,
  readAuthType,
  readInterface,
  readLinkbeatPolling,
  readMulticastGroup,
  readMulticastSource,
  readNativeIpv6,
  readNotifyDeleted,
  readOnDeleted,
  readPriority,
  readState,
  readStrictMode,
  readSyncDaemonInterface,
  readTimerExpiredBackup,
  readVersion,
  readVirtualRoute,
  readVirtualRule,
  readVrf,
} from "../readers/instance.ts";
import { garpExtraInterval, script } from "../readers/shared.ts";
import { readTrackBfdEntry, readTrackFileEntry, readTrackInterface, readTrackProcessEntry, readTrackScriptEntry } from "../readers/track.ts";
import { readCheckUnicastSource, readOldChecksum, readPeers, readUnicastSource } from "../readers/unicast.ts";
import { readUseIpvlan, readUseVmac } from "../readers/vmac.ts";

/** `vrrp_instance/authentication`. */
export const AUTHENTICATION: KeywordTable<InstanceDraft> = {
  auth_type: { argument: "PASS|AH", range: "exact upper case", default: "none", meaning: "authentication kind, version 2 only", effect: "acted", form: custom(readAuthType) },
  auth_pass: { argument: "STRING", range: "1-8 chars, excess truncated", default: "none", meaning: "shared secret in clear (PASS) or HMAC-MD5 key (AH)", effect: "acted", form: custom(readAuthPass) },
};

/** `vrrp_instance/auth_hmac`. */
export const AUTH_HMAC: KeywordTable<AuthHmacDraft> = {
  key: { argument: "ID VALUE", range: "ID 1-255; 32-64 bytes; hex:, file: or text", meaning: "shared key, repeatable", effect: "acted", form: custom(readHmacKey) },
  active_key: { argument: "ID", range: "1-255", meaning: "key used for sending; undefined key disables extension", effect: "acted", form: custom(readActiveKey) },
  time_window: { argument: "INTEGER", unit: "s", range: "1-300", default: "larger of 5 and 3 x advert_int", meaning: "tolerated clock difference", effect: "acted", form: integer(1, 300, (draft, value) => { draft.timeWindowS = value; }, { bad: "(%n) auth_hmac time_window '%s' not valid - must be between 1 & 300" }) },
  anti_replay: { argument: "time|monotonic", default: "time", meaning: "replay protection basis", effect: "acted", form: custom(readAntiReplay) },
  mode: { argument: "enforce|permissive|receive-only", default: "enforce", meaning: "reject, tolerate, or only verify", effect: "acted", form: custom(readHmacMode) },
};

/** `vrrp_instance/unicast_peer`. */
export const UNICAST_PEER: EntryTable = {
  "<IP>": { argument: "IP [min_ttl N] [max_ttl N]", range: "TTL 0-255", default: "0, 255", meaning: "peer address, accepted TTL interval", effect: "acted" },
};

/** `vrrp_instance`. */
export const VRRP_INSTANCE: KeywordTable<InstanceDraft> = {
  state: { argument: "MASTER|BACKUP", default: "MASTER only when priority 255", meaning: "desired initial state", effect: "acted", form: custom(readState) },
  interface: { argument: "IFNAME", default: "required, except unicast with unicast_src_ip", meaning: "carries adverts, default device of VIPs", effect: "acted", form: custom(readInterface) },
  use_vmac: { argument: "[[NAME] IFNAME] [MAC] [netlink_notify_msg] [group N]", range: "5 or 6 MAC octets", default: "vrrp.VRID, 00:00:5e:00:01|02:VRID", meaning: "own the virtual MAC through a macvlan", effect: "acted", form: custom(readUseVmac) },
  use_vmac_addr: { argument: "flag", default: "off", meaning: "macvlan for VIPs on other interfaces too", effect: "acted", form: flag((draft) => { draft.useVmacAddr = true; }) },
  vmac_xmit_base: { argument: "flag", default: "off", meaning: "send and receive adverts on base interface", effect: "acted", form: flag((draft) => { draft.vmacXmitBase = true; }) },
  use_ipvlan: { argument: "[NAME [IFNAME]] [IP] [bridge|private|vepa] [group N]", default: "ipvl.VRID style", meaning: "speak from an ipvlan device", effect: "acted", form: custom(readUseIpvlan) },
  vrf: { argument: "IFNAME", default: "none", meaning: "VRF for a unicast instance that names no interface", effect: "acted", form: custom(readVrf) },
  dont_track_primary: { argument: "flag", default: "off", meaning: "ignore state of the instance's own interface", effect: "acted", form: flag((draft) => { draft.trackPrimary = false; }) },
  native_ipv6: { argument: "flag", default: "off", meaning: "force IPv6 adverts; family is otherwise detected", effect: "acted", form: custom(readNativeIpv6) },
  mcast_src_ip: { argument: "IP", default: "primary interface address", meaning: "source of multicast adverts", effect: "acted", form: custom(readMulticastSource) },
  unicast_src_ip: { argument: "[IP]", default: "primary interface address", meaning: "source of unicast adverts", effect: "acted", form: custom(readUnicastSource) },
  mcast_dst_ip: { argument: "IP", range: "multicast", default: "global group", meaning: "per-instance advert group", effect: "acted", form: custom(readMulticastGroup) },
  track_src_ip: { argument: "flag", default: "off", meaning: "FAULT while configured source address is missing", effect: "acted", form: flag((draft) => { draft.trackSrcIp = true; }) },
  unicast_peer: { argument: "list-block", range: "peer entries", meaning: "send adverts to these peers instead of multicast", effect: "acted", form: list(readPeers) },
  unicast_fault_no_peer: { argument: "flag", default: "off", meaning: "empty unicast_peer means FAULT, not multicast", effect: "acted", form: flag((draft) => { draft.unicastFaultNoPeer = true; }) },
  unicast_ttl: { argument: "INTEGER", range: "0-255", default: "255 IPv4; kernel default IPv6", meaning: "TTL/hop limit of unicast adverts", effect: "acted", form: integer(0, 255, (draft, value) => { draft.unicastTtl = value; }, { bad: "(%n): TTL '%s' not valid - must be between 0 & 255" }) },
  check_unicast_src: { argument: "flag", default: "off", meaning: "accept only adverts from listed peers", effect: "acted", form: custom(readCheckUnicastSource) },
  old_unicast_checksum: { argument: "[never]", default: "auto", meaning: "pre-1.3.7 v3 unicast checksum compatibility", effect: "acted", form: custom(readOldChecksum) },
  v3_checksum_as_v2: { argument: "[BOOL]", default: "global setting", meaning: "v3 IPv4 checksum without pseudo-header", effect: "acted", form: bool((draft, value) => { draft.v3ChecksumAsV2 = value; }) },
  virtual_router_id: { argument: "INTEGER", range: "1-255", default: "required", meaning: "VRID", effect: "acted", form: integer(1, 255, (draft, value) => { draft.vrid = value; }, { bad: "(%n): VRID '%s' not valid - must be between 1 & 255" }) },
  version: { argument: "INTEGER", range: "2|3", default: "global (2) for IPv4; 3 for IPv6", meaning: "VRRP version; explicit 2 with IPv6 kept unless strict", effect: "acted", form: custom(readVersion) },
  priority: { argument: "INTEGER", range: "1-255", default: "100 (255 when state MASTER and none given)", meaning: "election priority; 255 means address owner", effect: "acted", form: custom(readPriority) },
  advert_int: { argument: "SECONDS(decimal)", unit: "s", range: "0.01-255 (v3 up to 40.95)", default: "1", meaning: "advert interval; v2 rounds to whole seconds", effect: "acted", form: custom(readAdvertInterval) },
  virtual_ipaddress: { argument: "list-block", range: "address entries", meaning: "addresses advertised and owned when master", effect: "acted", form: entries(readVirtualAddress) },
  virtual_ipaddress_excluded: { argument: "list-block", range: "address entries", meaning: "addresses owned when master but not advertised", effect: "acted", form: entries(readExcludedAddress) },
  no_virtual_ipaddress: { argument: "flag", default: "off", meaning: "allow v3/strict instance without VIPs", effect: "acted", form: flag((draft) => { draft.noVirtualIpaddress = true; }) },
  promote_secondaries: { argument: "flag", default: "off", meaning: "set promote_secondaries on interface", effect: "acted", form: flag((draft) => { draft.promoteSecondaries = true; }) },
  virtual_routes: { argument: "list-block", range: "route entries", meaning: "routes installed while master", effect: "acted", form: entries(readVirtualRoute) },
  virtual_rules: { argument: "list-block", range: "rule entries", meaning: "policy rules installed while master", effect: "acted", form: entries(readVirtualRule) },
  on_deleted: { argument: "release|restore", default: "release", meaning: "what follows when somebody else removes a tracked address, route or rule of the master: resign and elect again, or put it back, at most three times a second", own: true, effect: "acted", form: custom(readOnDeleted) },
  linkbeat_use_polling: { argument: "flag", default: "off", meaning: "poll this instance's interface", effect: "acted", form: custom(readLinkbeatPolling) },
  accept: { argument: "flag", default: "on unless strict", meaning: "accept packets to VIPs as non-owner", effect: "acted", form: flag((draft) => { draft.accept = true; }) },
  no_accept: { argument: "flag", default: "off", meaning: "firewall drops packets to VIPs as non-owner", effect: "acted", form: flag((draft) => { draft.accept = false; }) },
  skip_check_adv_addr: { argument: "[BOOL]", default: "global setting", meaning: "skip address list check for same master", effect: "acted", form: bool((draft, value) => { draft.skipCheckAdvAddr = value; }, { bad: "(%n) invalid skip_check_adv_addr %s specified" }) },
  strict_mode: { argument: "[BOOL]", default: "global setting", meaning: "RFC conformance for this instance", effect: "acted", form: custom(readStrictMode) },
  preempt: { argument: "flag", default: "on", meaning: "cancel nopreempt", effect: "acted", form: flag((draft) => { draft.nopreempt = false; }) },
  nopreempt: { argument: "flag", default: "off", meaning: "lower-priority master is not displaced", effect: "acted", form: flag((draft) => { draft.nopreempt = true; }) },
  preempt_delay: { argument: "SECONDS(decimal)", unit: "s", range: "0-1000", default: "0", meaning: "wait before displacing a lower-priority master", effect: "acted", form: seconds(0, 1000, (draft, value) => { draft.preemptDelayUs = value; }, { bad: "(%n) Preempt_delay not valid! must be between 0-1000" }) },
  debug: { argument: "INTEGER", range: "0-4", default: "0", meaning: "accepted and stored, never used", effect: "acted", form: integer(0, 4, (draft, value) => { draft.debug = value; }, { bad: "(%n) Debug value '%s' not valid; must be between 0-4" }) },
  notify_master: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run on entering MASTER", effect: "acted", form: script((draft, value) => { draft.notify.master = value; }) },
  notify_backup: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run on entering BACKUP", effect: "acted", form: script((draft, value) => { draft.notify.backup = value; }) },
  notify_fault: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run on entering FAULT", effect: "acted", form: script((draft, value) => { draft.notify.fault = value; }) },
  notify_stop: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run when daemon stops", effect: "acted", form: script((draft, value) => { draft.notify.stop = value; }) },
  notify_deleted: { argument: "[SCRIPT [USER [GROUP]]]", default: "deleted treated as FAULT", meaning: "run when removed at reload; bare emits DELETED", effect: "acted", form: custom(readNotifyDeleted) },
  notify: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run on any change with four extra arguments", effect: "acted", form: script((draft, value) => { draft.notify.any = value; }) },
  notify_master_rx_lower_pri: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run when master hears lower priority", effect: "acted", form: script((draft, value) => { draft.notify.masterRxLowerPri = value; }) },
  notify_priority_changes: { argument: "[BOOL]", default: "global setting", meaning: "FIFO lines on effective priority change", effect: "acted", form: bool((draft, value) => { draft.notify.priorityChanges = value; }, { bad: "(%n) Invalid value '%s' for notify_priority_changes specified" }) },
  smtp_alert: { argument: "[BOOL]", default: "global setting", meaning: "mail on state change", effect: "acted", form: bool((draft, value) => { draft.notify.smtpAlert = value; }, { bad: "Invalid vrrp_instance smtp_alert parameter %s" }) },
  lvs_sync_daemon_interface: { argument: "IFNAME", meaning: "old form of global lvs_sync_daemon", effect: "refuse", form: custom(readSyncDaemonInterface) },
  garp_master_delay: { argument: "INTEGER", unit: "s", range: "0-4294", default: "global", meaning: "see vrrp_garp_master_delay", effect: "acted", form: wholeSeconds(0, 4294, (draft, value) => { draft.garp.masterDelayUs = value; }, { bad: "(%n): garp_master_delay '%s' invalid - ignoring" }) },
  garp_master_repeat: { argument: "INTEGER", unit: "count", range: "0-UINT_MAX (0 becomes 1)", default: "global", meaning: "see vrrp_garp_master_repeat", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.garp.masterRepeat = Math.max(value, 1); }, { bad: "(%n): garp_master_repeat '%s' invalid - ignoring" }) },
  garp_master_refresh: { argument: "INTEGER", unit: "s", range: "0-UINT_MAX", default: "global", meaning: "see vrrp_garp_master_refresh", effect: "acted", form: wholeSeconds(0, UINT_MAX, (draft, value) => { draft.garp.masterRefreshUs = value; }, { bad: "(%n): Invalid garp_master_refresh '%s' - ignoring" }) },
  garp_master_refresh_repeat: { argument: "INTEGER", unit: "count", range: "0-UINT_MAX (0 becomes 1)", default: "global", meaning: "see vrrp_garp_master_refresh_repeat", effect: "acted", form: integer(0, UINT_MAX, (draft, value) => { draft.garp.masterRefreshRepeat = Math.max(value, 1); }, { bad: "(%n): garp_master_refresh_repeat '%s' invalid - ignoring" }) },
  garp_lower_prio_delay: { argument: "INTEGER", unit: "s", range: "0-4294", default: "global", meaning: "see vrrp_garp_lower_prio_delay", effect: "acted", form: wholeSeconds(0, 4294, (draft, value) => { draft.garp.lowerPrioDelayUs = value; }, { bad: "(%n): garp_lower_prio_delay '%s' invalid - ignoring" }) },
  garp_lower_prio_repeat: { argument: "INTEGER", unit: "count", range: "0-INT_MAX", default: "global", meaning: "see vrrp_garp_lower_prio_repeat", effect: "acted", form: integer(0, INT_MAX, (draft, value) => { draft.garp.lowerPrioRepeat = value; }, { bad: "(%n): Invalid garp_lower_prio_repeat '%s'" }) },
  garp_extra_if: { argument: "[all] INTEGER", unit: "s", range: "0-86400", default: "global", meaning: "see vrrp_garp_extra_if", effect: "acted", form: garpExtraInterval(86_400, (draft, value) => { draft.garpExtraIf = value; }) },
  vmac_garp_intvl: { argument: "[all] INTEGER", unit: "s", range: "0-86400", default: "global", meaning: "alias of garp_extra_if", effect: "acted", form: garpExtraInterval(86_400, (draft, value) => { draft.garpExtraIf = value; }) },
  garp_extra: { argument: "list-block", range: "IP [dev IFNAME]", default: "none", meaning: "further addresses, of either family, that the master announces by ARP and neighbour advertisements with its own: proxied ones, routers of the virtual routes. They are not added", own: true, effect: "acted", form: entries(readGarpExtra) },
  dual_stack: { argument: "flag", default: "off", meaning: "virtual_ipaddress holds addresses of both families: the block becomes two instances with one VRID, NAME with the IPv4 and NAME-6 with the IPv6 addresses, in its sync group or in one of their own, NAME-dual, which then has the trackers. Scripts, mails, routes, rules and garp_extra stay with NAME. Multicast only", own: true, effect: "acted", form: flag((draft) => { draft.dualStack = true; }) },
  hold_if_filtered: { argument: "flag", default: "off", meaning: "a backup does not take over while adverts that it would accept reach its interface and this host's own firewall drops them", own: true, effect: "acted", form: flag((draft) => { draft.holdIfFiltered = true; }) },
  down_timer_adverts: { argument: "INTEGER", unit: "adverts", range: "1-100", default: "global (3)", meaning: "missed adverts before takeover", effect: "acted", form: integer(1, 100, (draft, value) => { draft.downTimerAdverts = value; }, { bad: "(%n): Invalid down_timer_adverts [1:100] '%s'" }) },
  timer_expired_backup: { argument: "[INTEGER]", range: "1-254", default: "off; bare 254", meaning: "master yields if its timers ran late; needs nopreempt", effect: "acted", form: custom(readTimerExpiredBackup) },
  thread_timer_expired: { argument: "flag", default: "off", meaning: "alias of timer_expired_backup", effect: "acted", form: custom(readTimerExpiredBackup) },
  lower_prio_no_advert: { argument: "[BOOL]", default: "global", meaning: "do not answer lower-priority adverts", effect: "acted", form: bool((draft, value) => { draft.lowerPrioNoAdvert = value; }, { bad: "(%n) invalid lower_prio_no_advert %s specified" }) },
  higher_prio_send_advert: { argument: "[BOOL]", default: "global", meaning: "one advert before yielding", effect: "acted", form: bool((draft, value) => { draft.higherPrioSendAdvert = value; }, { bad: "(%n) invalid higher_prio_send_advert %s specified" }) },
  owner_ignore_adverts: { argument: "[BOOL]", default: "global", meaning: "owner drops received adverts", effect: "acted", form: bool((draft, value) => { draft.ownerIgnoreAdverts = value; }) },
  kernel_rx_buf_size: { argument: "INTEGER", unit: "bytes", range: "0-UINT_MAX", default: "kernel or global policy", meaning: "receive buffer of this instance's socket", effect: "report", instead: "the queue of adverts has 4 MiB, for the longest stall that must be survived, and a smaller one would lose adverts: remove it", form: integer(0, UINT_MAX, (draft, value) => { draft.kernelRxBufSize = value; }, { bad: "(%n) invalid kernel_rx_buf_size specified", absent: "(%n) invalid kernel_rx_buf_size specified" }) },
  authentication: { argument: "block", default: "none", meaning: "v2 authentication", effect: "acted", form: block(() => AUTHENTICATION, (draft) => draft) },
  auth_hmac: { argument: "block", default: "none", meaning: "HMAC-SHA256 trailer extension, v2 and v3", effect: "acted", form: block(() => AUTH_HMAC, (draft) => (draft.authHmac ??= { keys: [] })) },
  track_interface: { argument: "list-block", range: "track entries", meaning: "tracked interfaces", effect: "acted", form: entries(readTrackInterface) },
  track_script: { argument: "list-block", range: "track entries", meaning: "tracked scripts", effect: "acted", form: entries(readTrackScriptEntry) },
  track_file: { argument: "list-block", range: "track entries", meaning: "tracked files", effect: "acted", form: entries(readTrackFileEntry) },
  track_process: { argument: "list-block", range: "track entries", meaning: "tracked processes", effect: "acted", form: entries(readTrackProcessEntry) },
  track_bfd: { argument: "list-block", range: "track entries", meaning: "tracked BFD peers", effect: "acted", form: entries(readTrackBfdEntry) },
};
