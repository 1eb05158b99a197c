// Test files that do not bear three neighbours, and why. `npm test` (bin/launch.mjs) runs all others four at a time, then
// those of `pairs` two at a time, then those of `alone`. A path from test/, or a folder of it; `alone` goes before `pairs`.
// A new test needs no line here unless it compares times or fills the machine by itself; waits that end with an event bear
// a neighbour.
export const pairs = [
  ['browser/', 'a browser, a server and its workers keep a core busy'],
  ['integration/account-databases.test.ts', 'database servers stop, start and answer in seconds'],
  ['integration/launcher.test.ts', 'installs and builds'],
  ['crash/', 'each runs two servers side by side, for minutes, and waits for most of the time'],
];

export const alone = [
  ['browser/live.test.ts', 'what comes is shown within a second'],
  ['hostile/message-linear.test.ts', 'compares the times that parsers take'],
  ['hostile/message.test.ts', 'compares the times that parsers take'],
  ['hostile/smtpd-strangers.test.ts', 'a greeting among 300 slow clients has one second'],
  ['integration/accounts.test.ts', 'compares the times of passwords'],
  ['integration/commands.test.ts', 'a command has 0.3 seconds to start'],
  ['integration/mail-doors-serve.test.ts', 'what is under way has ten seconds when the server stops'],
  ['integration/mailbox-speed.test.ts', 'measures'],
  ['integration/message-reader.test.ts', 'measures'],
  ['integration/serve.test.ts', 'stopping has two seconds'],
  ['integration/smtpd-limits.test.ts', 'compares waits of hundredths of a second'],
  ['integration/web-list.test.ts', 'measures'],
];

/** Files that are run once more, alone, when they failed; where more fail something is broken and the run ends. */
export const mostAgain = 3;
