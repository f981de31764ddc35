import type { Accounts } from "../base/ports.ts";
import { lazyKoffi, lazyLibcFunction } from "./lazy-libc.ts";

const getpwnam = lazyLibcFunction<[name: string], bigint | null>("void *getpwnam(const char *name)");
const getgrnam = lazyLibcFunction<[name: string], bigint | null>("void *getgrnam(const char *name)");

// The leading members of pwd.h's and grp.h's structures, the only ones read.
type Structures = Readonly<Record<"passwd" | "group", ReturnType<ReturnType<typeof lazyKoffi>["struct"]>>>;
let known: Structures | undefined;
function structures(): Structures {
  const koffi = lazyKoffi();
  known ??= {
    passwd: koffi.struct({ pw_name: "char *", pw_passwd: "char *", pw_uid: "uint32_t", pw_gid: "uint32_t" }),
    group: koffi.struct({ gr_name: "char *", gr_passwd: "char *", gr_gid: "uint32_t" }),
  };
  return known;
}

/** NSS by getpwnam(3) and getgrnam(3): blocks as long as NSS does, so not on the VRRP thread. */
export const accounts: Accounts = {
  user(name) {
    const found = getpwnam(name);
    if (found === null) return undefined;
    const { pw_uid, pw_gid } = lazyKoffi().decode(found, structures().passwd) as { pw_uid: number; pw_gid: number };
    return { uid: pw_uid, gid: pw_gid };
  },
  group(name) {
    const found = getgrnam(name);
    if (found === null) return undefined;
    const { gr_gid } = lazyKoffi().decode(found, structures().group) as { gr_gid: number };
    return { gid: gr_gid };
  },
};
