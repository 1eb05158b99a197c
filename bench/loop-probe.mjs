// Loaded into a server that is measured (`--import`): answers every message of its parent with how long its event loop was
// held up at the longest since the last one, and how much memory its JavaScript has (milliseconds, bytes).
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** Milliseconds between two looks. */
const RESOLUTION = 1;

if (isMainThread && process.send !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  process.on('message', () => {
    const longest = Math.max(0, delays.max / 1e6 - RESOLUTION);
    process.send({ longest, ...process.memoryUsage() });
    delays.reset();
  });
  // The server ends as without us.
  process.channel.unref();
}
