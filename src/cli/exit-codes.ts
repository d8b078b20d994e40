export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130, unread: 141 } as const;

/** For the end of every --help. */
export const exitCodesHelp = `
Exit codes:
  0    done
  1    failed; the message says why
  2    wrong arguments
  130  interrupted by Ctrl-C or SIGTERM
  141  nobody reads the output any more`;
