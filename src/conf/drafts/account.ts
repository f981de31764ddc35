
/** `user USER [GROUP]`; undefined uid: it does not exist, and the script goes. */
export interface AccountDraft {
  readonly uid: number | undefined;
  readonly gid: number;
  readonly user: string;
  /** User and, if given, group as written. */
  readonly written: readonly string[];
}
