// The protocol of qmail-spp plugins (spec/qmail.md 4.2): what the lines on a plugin's standard output ask for. A plugin
// may add header lines, change the address that is being spoken of, set and unset variables for those after it, refuse
// now or later, take what the built-in checks would refuse, or end the session. Pure.
import type { ChildEnd } from './child.ts';
import type { Reply } from './reply.ts';

/** What plugins of one session have said so far. */
export interface PluginState {
  /** Header lines for the message, each with its line feed. */
  headers: string;
  /** Refusals saved for a later command. */
  readonly saved: Record<'M' | 'R' | 'D', string[]>;
  readonly set: Map<string, string | undefined>;
  /** `A` was said: no more plugins in this session. */
  isOff: boolean;
}

/** How it goes on: the next plugin, the built-in checks, past them, or with this reply instead of any. */
export type PluginVerdict = 'next' | 'checks' | 'accept' | Reply;

export const newPluginState = (): PluginState => ({
  headers: '',
  saved: { M: [], R: [], D: [] },
  set: new Map(),
  isOff: false,
});

const clean = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 500);

const failure = (what: string): Reply => ({ text: `451 4.3.0 qmail-spp failure: ${what} (#4.3.0)` });

/** A refusal in a plugin's words; anything but a reply of SMTP would break the session. */
const replyOf = (text: string, next?: 'close'): Reply =>
  /^[245][0-9]{2} ./.test(text)
    ? { text: clean(text), next }
    : { text: `451 4.3.0 ${clean(text) || 'refused by a plugin'}`, next };

/**
 * Takes the lines of one plugin.
 * @param changeAddress called for each `C`; it says what may not be an address
 */
export function takePluginOutput(
  { status, output }: ChildEnd,
  state: PluginState,
  changeAddress: (address: string) => boolean,
): PluginVerdict {
  if (status === 'not run' || status === 120) return failure("can't execute");
  if (status === 'timeout') return failure('it took too long');
  if (status === 'crashed') return failure('child crashed');
  // qmail-spp: what no line feed ends does not count.
  for (const line of output.split('\n').slice(0, -1)) {
    const rest = line.slice(1);
    switch (line[0]) {
      case 'H':
        // An empty one would end the header.
        if (rest.trim() !== '') state.headers += `${rest.replace(/[\r\0]/g, '')}\n`;
        break;
      case 'C':
        if (!changeAddress(rest)) return failure('it gave an address that cannot be one');
        break;
      case 'S': {
        const equals = rest.indexOf('=');
        if (equals > 0) state.set.set(rest.slice(0, equals), rest.slice(equals + 1));
        break;
      }
      case 'U':
        state.set.set(rest, undefined);
        break;
      case 'L': {
        const command = rest[0];
        if (command === 'M' || command === 'R' || command === 'D') state.saved[command].push(rest.slice(1));
        break;
      }
      case 'E':
        return replyOf(rest);
      case 'R':
        return replyOf(rest, 'close');
      case 'D':
        return { text: '421 4.7.0 goodbye (#4.7.0)', next: 'close' };
      case 'A':
        state.isOff = true;
        return 'checks';
      case 'N':
        return 'checks';
      case 'O':
        return 'accept';
      default:
      // P prints a line of its own, which would be a second reply to one command: left out.
    }
  }
  return 'next';
}

/** The refusal that was saved for this command. */
export function takeSaved(state: PluginState, command: 'M' | 'R' | 'D'): Reply | undefined {
  const [text] = state.saved[command];
  return text === undefined ? undefined : replyOf(text);
}
