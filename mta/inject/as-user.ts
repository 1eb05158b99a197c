// An injector for a process of somebody: whatever its caller says of the origin, it claims to be its own user, as
// qmail-queue looks at its caller's uid. What the queue makes of that (`from network`, `by alias`) is the queue's.
import type { Injector, Origin } from './types.ts';

export function asUser(injector: Injector, uid: number): Injector {
  const origin: Origin = `uid ${uid}`;
  return {
    open: () => injector.open(origin),
    inject: (_origin, message, sender, recipients) => injector.inject(origin, message, sender, recipients),
    close: () => injector.close(),
  };
}
