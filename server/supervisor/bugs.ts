// Our own bugs in a running server: an exception that nobody caught ends the request it belongs to, never the server
// (the queue's truth is on disk, and what one handler lost is tried again). It is told in the log with its trace; no
// client, page or terminal sees any of it.
import { type Log, quoted } from '../../mta/log.ts';

/** Lines of a trace that the log gets. */
const TRACE_LINES = 6;

/** Until the returned function is called, bugs are logged and the program goes on. */
export function surviveBugs(log: Log): () => void {
  const tell = (error: unknown): void => {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const [first = '', ...calls] = trace.split('\n').slice(0, TRACE_LINES);
    log(`alert: bug: ${[first, ...calls.map((call) => call.trim())].map(quoted).join(' | ')}`);
  };
  process.on('uncaughtException', tell);
  process.on('unhandledRejection', tell);
  return () => {
    process.off('uncaughtException', tell);
    process.off('unhandledRejection', tell);
  };
}
