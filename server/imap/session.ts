// One IMAP session: takes command after command off its reader, looks each up in the table, runs it, tells what changed
// meanwhile and answers (RFC 9051 2.2, 5.5: strictly one after the other, so that pipelined commands never meet).
// Knows nothing of sockets: connection.ts is its port. What the commands do is in commands/.
import type { Account } from '../../mta/accounts/types.ts';
import { quoted } from '../../mta/log.ts';
import { isStillWelcome, lookAgainAfter } from '../door/still-welcome.ts';
import type { ReachableMailbox } from '../mailbox/shared-mailbox.ts';
import { MailboxRefusal } from '../mailbox/uid-types.ts';
import { refuseAccess } from './access.ts';
import type { AccountDesk } from './account-desk.ts';
import { type Answer, type AnyCommand, bad, type Call, no, type SessionState } from './command.ts';
import { refuseState } from './command-state.ts';
import { commands } from './commands.ts';
import { Cursor, SyntaxFault } from './cursor.ts';
import { encodeName, toFolder, toName } from './names.ts';
import type { Output } from './output.ts';
import { ClientGone, CommandReader, limitsAfterLogin, type WireCommand, type WireFault } from './reader.ts';
import { isMissingFolder, refusalAnswer } from './refusals.ts';
import { noFeatures, type SelectedFolder } from './selected.ts';
import type { ImapServer } from './server.ts';
import { Telling } from './telling.ts';

/** What a session needs of its connection. */
export interface SessionPort {
  readonly ip: string;
  readonly isSecure: boolean;
  readonly isCompressed: boolean;
  readonly canStartTls: boolean;
  /** Passwords may come in clear text: TLS, this machine, or by setting. */
  readonly mayLogin: boolean;
  readonly out: Output;
  startTls(): Promise<void>;
  compress(): void;
  /** The time that a client may be silent begins anew. */
  patience(): void;
  /** Ends the connection when all is sent. */
  close(): void;
  /** Ends it at once. */
  destroy(): void;
  hold(): void;
  flow(): void;
}

/** Commands that are wrong before login until the connection ends. */
const mostFaults = 10;

export class Session {
  readonly server: ImapServer;
  readonly port: SessionPort;
  readonly reader: CommandReader;
  readonly features = noFeatures();
  readonly telling = new Telling(this);
  state: SessionState = 'not authenticated';
  account: Account | undefined;
  desk: AccountDesk | undefined;
  selected: SelectedFolder | undefined;
  /** Tries to sign in. */
  tries = 0;
  /** What the command that runs has told by itself: MODSEQ by UID. */
  told: Map<number, number> | undefined;
  /** TLS, or compression, begins when the answer is out. */
  startsTls = false;
  startsCompression = false;
  /** The command that runs waits for the client: IDLE, an answer of SASL, a message. */
  isAwaiting = false;
  #busy: PromiseWithResolvers<void> | undefined;
  #faults = 0;
  #checkedAt = 0;

  constructor(server: ImapServer, port: SessionPort) {
    this.server = server;
    this.port = port;
    this.reader = new CommandReader({
      askForLiteral: () => {
        port.out.text('+ OK\r\n');
        port.out.flush();
      },
      wantBytes: () => {
        this.isAwaiting = true;
        port.out.flush();
        port.flow();
      },
      hasBytes: () => {
        this.isAwaiting = false;
      },
      holdBytes: () => port.hold(),
    });
  }

  get out(): Output {
    return this.port.out;
  }

  /** The mailbox of who has signed in. */
  get uids(): ReachableMailbox {
    return this.telling.own?.uids ?? this.signedIn.uids;
  }

  get signedIn(): AccountDesk {
    if (!this.desk) throw new Error('nobody has signed in');
    return this.desk;
  }

  get folder(): SelectedFolder {
    if (!this.selected) throw new Error('no folder is open');
    return this.selected;
  }

  /** Serves until the client leaves. Never rejects. */
  async serve(greeting: string): Promise<void> {
    const { out, reader } = this;
    try {
      out.text(greeting);
      while (this.state !== 'logout') {
        if (this.telling.isNotifying) this.telling.start('between');
        const wire = await reader.next();
        await this.telling.stop();
        if (wire === undefined) break;
        this.#busy = Promise.withResolvers();
        if ('fault' in wire) this.#refuse(wire);
        else await this.#execute(wire);
        out.flush();
        await out.drained();
        this.#rest();
        if (this.startsTls) {
          this.startsTls = false;
          reader.dropPending();
          await this.port.startTls();
        }
        if (this.startsCompression) {
          this.startsCompression = false;
          this.port.compress();
        }
      }
    } catch (error) {
      if (!(error instanceof ClientGone)) this.logBug('session', error);
    } finally {
      out.flush();
      await this.telling.end();
      this.leave();
      this.#rest();
    }
  }

  /** A command is under way, and it is not the client that it waits for; or the client is being told of news. */
  get isBusy(): boolean {
    return this.#waited !== undefined;
  }

  /** Resolves when that has ended. */
  rested(): Promise<void> {
    return this.#waited ?? Promise.resolve();
  }

  get #waited(): Promise<void> | undefined {
    return this.isAwaiting ? this.telling.running : (this.#busy?.promise ?? this.telling.running);
  }

  #rest(): void {
    this.#busy?.resolve();
    this.#busy = undefined;
  }

  #refuse({ fault, tag, isFatal }: WireFault): void {
    this.answer(tag, bad(fault));
    this.#countFault();
    if (isFatal) this.bye('The command cannot be skipped');
  }

  #countFault(): void {
    if (this.account !== undefined || ++this.#faults < mostFaults) return;
    this.bye('Too many commands that make no sense');
  }

  async #execute(wire: WireCommand): Promise<void> {
    const cursor = new Cursor(wire.text, wire.literals);
    let tag = '*';
    try {
      tag = cursor.tag();
      cursor.space();
      let name = cursor.word('A command');
      const isUid = name === 'UID';
      if (isUid) {
        cursor.space();
        name = cursor.word('A command');
      }
      const call: Call = { isUid, tag, message: wire.message };
      if (!(await this.#isStillWelcome())) {
        this.#dropMessage(wire);
        this.bye('This account is shut', 'UNAVAILABLE');
        return;
      }
      const answer = await this.#run(name, cursor, call);
      this.answer(tag, answer);
      if (answer.status === 'BAD') this.#countFault();
    } catch (error) {
      if (error instanceof ClientGone) throw error;
      if (error instanceof SyntaxFault) {
        this.#dropMessage(wire);
        this.answer(tag, bad(error.message));
        this.#countFault();
        return;
      }
      this.logBug(wire.text.split(' ', 2)[1] ?? '', error);
      this.answer(tag, no('This failed by a fault of the server', 'SERVERBUG'));
    }
  }

  async #run(name: string, cursor: Cursor, call: Call): Promise<Answer> {
    const command = commands.get(name);
    const refusal = refuseState(command, call, this);
    if (refusal !== undefined || command === undefined) {
      this.#dropMessage(call);
      return refusal ?? bad('Unknown command');
    }
    if (call.message !== undefined && !command.takesMessage) {
      this.#dropMessage(call);
      return bad('A literal is too much here');
    }
    const given = command.parse(cursor, call, this);
    this.told = undefined;
    const lost = await refuseAccess(this, command);
    if (lost !== undefined) {
      this.#dropMessage(call);
      return lost;
    }
    const answer = await this.#attempt(command, given, call);
    const telling = call.isUid ? 'all' : (command.telling ?? 'all');
    if (telling !== 'nothing' && this.account !== undefined)
      await this.tellNews(telling === 'all', command.polls === true);
    return answer;
  }

  async #attempt(command: AnyCommand, given: unknown, call: Call): Promise<Answer> {
    const reminder = command.isSlow ? this.#remind(call.tag) : undefined;
    try {
      return await this.#runOnce(command, given, call);
    } catch (error) {
      if (error instanceof MailboxRefusal) return refusalAnswer(error, command.name);
      const known = this.server.explain(error);
      if (known === undefined) throw error;
      return known;
    } finally {
      clearInterval(reminder);
    }
  }

  /** A folder that somebody renames under a command is looked for once. */
  async #runOnce(command: AnyCommand, given: unknown, call: Call): Promise<Answer> {
    try {
      return await command.run(this, given as never, call);
    } catch (error) {
      const mayBeRenamed = command.state === 'selected' && isMissingFolder(error);
      if (!mayBeRenamed || !(await this.folder.model.seekName())) throw error;
      return command.run(this, given as never, call);
    }
  }

  /** RFC 9585: a client that waits long hears that the work goes on. */
  #remind(tag: string): NodeJS.Timeout {
    return setInterval(() => {
      this.out.text(`* OK [INPROGRESS ("${tag.replace(/["\\]/g, '\\$&')}" NIL NIL)] Still at work\r\n`);
      this.out.flush();
    }, this.server.remindSeconds * 1000).unref();
  }

  /** A message that comes with a command that is refused. */
  #dropMessage({ message }: Pick<WireCommand, 'message'>): void {
    if (!this.reader.dropRest(message)) this.bye('The message is too large to be skipped');
  }

  /** Tells what changed: in the selected folder, and what else the client wants to hear of. */
  tellNews(mayExpunge: boolean, polls: boolean): Promise<void> {
    return this.telling.tell(mayExpunge, polls);
  }

  /** The client showed that it knows MODSEQs (RFC 7162 3.1): from now on they are told, first of the folder that is open. */
  enableCondstore(): void {
    if (this.features.isCondstore) return;
    this.features.isCondstore = true;
    if (this.selected) this.out.text(`* OK [HIGHESTMODSEQ ${this.selected.model.highestModseq}] Highest\r\n`);
  }

  /** The other sessions at this folder hear of what this one did. */
  tellOthers(folder = this.selected?.model.folder): void {
    if (folder !== undefined) this.signedIn.tell(folder);
  }

  /** Folders were made, removed or named. */
  foldersChanged(): void {
    this.signedIn.tell(undefined);
  }

  /** What was promised cannot be kept: the connection ends here and now. */
  breakOff(): void {
    this.state = 'logout';
    this.port.destroy();
  }

  answer(tag: string, { status, code, text }: Answer): void {
    this.out.text(`${tag} ${status} ${code === undefined ? '' : `[${code}] `}${text}\r\n`);
  }

  /** Ends the session with a word. */
  bye(words: string, code?: string): void {
    if (this.state === 'logout') return;
    this.out.text(`* BYE ${code === undefined ? '' : `[${code}] `}${words}\r\n`);
    this.state = 'logout';
  }

  /** Somebody signed in. */
  async enter(account: Account): Promise<void> {
    this.desk = await this.server.desks.enter(account);
    this.account = account;
    this.#checkedAt = performance.now();
    this.state = 'authenticated';
    this.reader.limits = limitsAfterLogin;
    this.port.patience();
  }

  /** An account that is gone or shut does nothing more. */
  async #isStillWelcome(): Promise<boolean> {
    const { account } = this;
    const now = performance.now();
    if (account === undefined || now - this.#checkedAt < lookAgainAfter) return true;
    this.#checkedAt = now;
    return isStillWelcome(this.server.accounts, account, 'imap');
  }

  /** Opens a folder in the place of the one that is open. */
  select(selected: SelectedFolder): void {
    this.selected = selected;
    this.state = 'selected';
    this.telling.listen();
  }

  /** Closes the folder that is open. */
  unselect(): void {
    const { selected } = this;
    if (selected === undefined) return;
    this.selected = undefined;
    if (this.state === 'selected') this.state = 'authenticated';
    this.signedIn.closeFolder(selected.model, selected, performance.now());
    this.telling.leave(selected);
  }

  /** The connection is over. */
  leave(): void {
    this.state = 'logout';
    this.unselect();
    this.desk?.leave(performance.now());
    this.desk = undefined;
    this.account = undefined;
  }

  /** The site has folders of other accounts. */
  get hasShared(): boolean {
    return this.server.settings().sharedindex !== '';
  }

  /** A name that the client wrote, as a folder; undefined: it can be none. */
  folderOf(wire: string): string | undefined {
    return toFolder(wire, this.features.isUtf8, this.hasShared);
  }

  /** The same of a name in UTF-8, as URLs have it. */
  folderOfUtf8(wire: string): string | undefined {
    return toFolder(wire, true, this.hasShared);
  }

  /** A folder with the site's prefix, not encoded. */
  plainNameOf(folder: string): string {
    return toName(folder, this.server.settings().imapprefix, this.hasShared);
  }

  /** A folder as the client is told of it, quoted. */
  nameOf(folder: string): string {
    return encodeName(this.plainNameOf(folder), this.features.isUtf8);
  }

  /** A line about this client; `user` only of who was let in. */
  log(result: string, reason: string, user?: string): void {
    const { ip, isSecure } = this.port;
    const who = user === undefined ? '' : ` user=${quoted(user)}`;
    this.server.logOf(
      ip,
      `imapd: ip=${ip} result=${result}${who}${isSecure ? ' tls=1' : ''} reason=${reason}`,
    );
  }

  logBug(what: string, error: unknown): void {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.server.log(
      `alert: bug: imapd: ${quoted(what.slice(0, 40))}: ${quoted(words.replaceAll('\n', ' '))}`,
    );
  }
}
