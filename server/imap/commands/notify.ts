// NOTIFY (RFC 5465): which changes a client is told of, and that it is told of them at any time, without IDLE.
import { bad, defineCommand, no, ok } from '../command.ts';
import { mostWatched } from '../notifier.ts';
import { knownEvents, nothingWanted, parseNotify } from '../notify-request.ts';

const notify = defineCommand({
  name: 'NOTIFY',
  state: 'authenticated',
  isSlow: true,
  telling: 'nothing',
  parse: (cursor, _call, session) => {
    cursor.space();
    return parseNotify(cursor, (wire) => {
      const folder = session.folderOf(wire);
      return folder === undefined ? undefined : session.plainNameOf(folder);
    });
  },
  run: async (session, request) => {
    // RFC 5465 3.1: not BAD.
    if (request === 'unknown')
      return no('There is no such event here', `BADEVENT (${knownEvents.join(' ')})`);
    if (request === 'none') {
      await session.telling.notify(nothingWanted);
      return ok('You are told of nothing');
    }
    const { items } = request.selected;
    // RFC 7162 3.1
    if (items.some((item) => item.kind === 'plain' && item.item === 'MODSEQ')) session.enableCondstore();
    if (!(await session.telling.notify(request)))
      return no(`At most ${mostWatched} mailboxes can be watched`, 'NOTIFICATIONOVERFLOW');
    if (session.state === 'logout') return bad('Too late');
    return ok('You are told of these');
  },
});

export const notifyCommands = [notify];
