/** Rows whose example is still to be written: "BLOCK KEYWORD". Shrinks to nothing. */
export const GLOBAL_PENDING: readonly string[] = [
  "global_defs checker_log_all_failures",
  "global_defs lvs_sync_daemon",
  "global_defs nftables_ipvs",
  "global_defs nftables_ipvs_priority",
  "global_defs nftables_ipvs_start_fwmark",
  "global_defs no_checker_emails",
];
