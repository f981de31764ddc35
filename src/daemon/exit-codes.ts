/** keepalived's exit codes (keepalived-behaviour.md (a)); tools and init systems branch on them. */
export const EXIT_OK = 0;
export const EXIT_FATAL = 1;
export const EXIT_CONFIG = 2;
export const EXIT_PERMISSION = 4;
export const EXIT_NO_CONFIG = 6;
export const EXIT_BUG = 70;
