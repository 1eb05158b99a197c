// What one client has spent of its session's limits (spec/security.md R5, R8): errors, unknown recipients, commands
// without mail, messages, logins. Counts, and says when a reply waits and when the session ends.
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';
import type { SmtpdLimits } from './settings.ts';

export class Spending {
  errors = 0;
  unknown = 0;
  idle = 0;
  transactions = 0;
  logins = 0;
  longLines = 0;

  /** Counts a refusal. @returns the last reply when it was one too many, or the seconds that the refusal waits */
  countRefusal(reply: Reply, limits: SmtpdLimits): Reply | number {
    if (reply.counts === 'unknown recipient') this.unknown++;
    this.errors++;
    if (this.unknown > limits.unknownToClose) return replies.tooManyUnknown;
    if (this.errors > limits.errorsToClose) return replies.tooManyErrors;
    const isSlow = this.errors > limits.errorsToDelay || this.unknown > limits.unknownToDelay;
    return isSlow ? limits.errorDelay : 0;
  }
}
