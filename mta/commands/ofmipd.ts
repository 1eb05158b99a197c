// ofmipd: takes mail from programs of trusted people and makes it whole (OFMIP, spec/qmail.md 11): looks like SMTP, takes
// LF and CR LF as line ends, rewrites sender, recipients and header like new-inject, and relays everywhere. One connection
// on descriptors 0 and 1, under tcpserver with rules that let in only one's own people.
import { readFile } from 'node:fs/promises';
import { readSettings } from '../control/settings.ts';
import { isSafeAddress } from '../formats/address.ts';
import { Cdb, CdbError } from '../formats/cdb.ts';
import { fromByteString, toByteString } from '../inject/header/author.ts';
import { HeaderReader, HeaderTooLong } from '../inject/header/header-reader.ts';
import { type HostRewrite, rewriteEnvelopeAddress } from '../inject/header/host-rules.ts';
import { HeaderParts } from '../inject/header/rebuild.ts';
import type { Injection, Injector } from '../inject/types.ts';
import { type ClientEnvironment, readClientEnvironment } from '../smtpd/environment.ts';
import { renderReceived } from '../smtpd/trace.ts';
import type { CommandContext } from './command.ts';
import { connectDescriptors, describeStartFailure } from './connection-door.ts';
import type { DescriptorStream } from './descriptor-stream.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';
import { readHostRewrite, rewriteSettingNames } from './host-rules-file.ts';
import { LineReader } from './line-reader.ts';
import { openInjector } from './outgoing.ts';

export const usage = `usage: ofmipd [ name.cdb ]

Takes mail on descriptors 0 and 1 from whoever is connected, for any destination: run it under tcpserver with rules (-x)
that let in only your own people. Rewrites addresses by control/rewrite, adds Date, Message-ID and From, removes Bcc.
name.cdb (ofmipname) has new From lines and senders by sender.
`;

const settingNames = [...rewriteSettingNames, 'idhost', 'maxrcpt', 'databytes', 'timeoutsmtpd'] as const;

interface Site {
  readonly client: ClientEnvironment;
  readonly rewrite: HostRewrite;
  readonly names: Cdb | undefined;
  readonly injector: Injector;
  readonly idhost: string;
  readonly maxrcpt: number;
  /** Bytes, 0 for no limit. */
  readonly databytes: number;
}

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('ofmipd', context, async () => {
    if (args.length > 1) {
      context.stderr.write(usage);
      return 100;
    }
    const client = readClientEnvironment(context.env);
    const { site, seconds } = await openSite(args[0], client, context).catch((error: unknown) => {
      const reason = describeStartFailure(error);
      throw reason === undefined ? error : new Fatal(111, reason);
    });
    const stream = connectDescriptors(context, client);
    const session = new OfmipSession(stream, site, seconds * 1000);
    await session.run();
    stream.end();
    await stream.gone;
    site.injector.close();
    return 0;
  });
}

async function openSite(
  path: string | undefined,
  client: ClientEnvironment,
  context: CommandContext,
): Promise<{ readonly site: Site; readonly seconds: number }> {
  const settings = await readSettings(context.home.qmail, settingNames);
  const rewrite = await readHostRewrite(context.env, settings);
  const { idhost, maxrcpt, timeoutsmtpd } = settings;
  const limit = context.env.DATABYTES;
  // scan_ulong: the digits at the beginning.
  const databytes = limit === undefined ? settings.databytes : Number(/^\d*/.exec(limit)?.[0] || 0);
  const names = path === undefined ? undefined : await openNames(path);
  const injector = await openInjector(context);
  return { site: { client, rewrite, names, injector, idhost, maxrcpt, databytes }, seconds: timeoutsmtpd };
}

async function openNames(path: string): Promise<Cdb> {
  try {
    return Cdb.from(await readFile(path), path);
  } catch (error) {
    if (error instanceof CdbError) throw new Fatal(111, error.message);
    throw systemFatal(`unable to read ${path}`, error);
  }
}

/** qmail-smtpd addrparse, without its own-address part: brackets or a colon begin it, quotes and backslashes go. */
export function parseLoosePath(argument: string): string | undefined {
  const angle = argument.indexOf('<');
  const colon = argument.indexOf(':');
  const start = angle >= 0 ? angle + 1 : colon + 1;
  let text = argument.slice(start);
  if (angle < 0) text = text.replace(/^ +/, '');
  if (text.startsWith('@')) {
    const routeEnd = text.indexOf(':');
    if (routeEnd >= 0) text = text.slice(routeEnd + 1);
  }
  const terminator = angle >= 0 ? '>' : ' ';
  let address = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '\\') address += text[++i] ?? '';
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === terminator) break;
    else address += character;
  }
  return address === '' || (address.length < 900 && isSafeAddress(address)) ? address : undefined;
}

interface OfmipEnvelope {
  readonly sender: string;
  /** From name.cdb. */
  readonly author: { readonly name: string; readonly address: string } | undefined;
  readonly recipients: string[];
}

const LINE_LIMIT = 4096;
/** A line of a message: longer ones come in pieces that are joined again. */
const TEXT_LIMIT = 1024 * 1024;
const name = 'ofmipd.local';

class OfmipSession {
  readonly #stream: DescriptorStream;
  readonly #lines: LineReader;
  readonly #site: Site;
  #helo = '';
  #envelope: OfmipEnvelope | undefined;
  #count = 0;
  #replies = '';

  constructor(stream: DescriptorStream, site: Site, idle: number) {
    this.#stream = stream;
    this.#site = site;
    this.#lines = new LineReader(stream, idle);
  }

  async run(): Promise<void> {
    this.#say(`220 ${name} ESMTP`);
    for (;;) {
      // Answers to commands that came together go out together.
      if (!this.#lines.hasLine) this.#flush();
      const next = await this.#lines.next(LINE_LIMIT);
      if (next === undefined) return;
      const line = next.line.toString('utf8');
      const blank = line.indexOf(' ');
      const verb = (blank < 0 ? line : line.slice(0, blank)).toLowerCase();
      const argument = blank < 0 ? '' : line.slice(blank).replace(/^ +/, '');
      if (next.isCut) this.#say('500 line too long (#5.5.2)');
      else if (verb === 'quit') {
        this.#say(`221 ${name}`);
        this.#flush();
        return;
      } else if (verb === 'data') {
        if (!(await this.#takeData())) return;
      } else this.#say(this.#answer(verb, argument));
    }
  }

  #answer(verb: string, argument: string): string {
    switch (verb) {
      case 'helo':
      case 'ehlo':
        this.#envelope = undefined;
        this.#helo = argument;
        return verb === 'helo' ? `250 ${name}` : `250-${name}\r\n250-PIPELINING\r\n250 8BITMIME`;
      case 'mail':
        return this.#mail(argument);
      case 'rcpt':
        return this.#rcpt(argument);
      case 'rset':
        this.#envelope = undefined;
        return '250 flushed';
      case 'noop':
        return '250 ok';
      case 'help':
        return '214 this is ofmipd: it takes mail of people, and makes it whole';
      case 'vrfy':
        return "252 send some mail, i'll try my best";
      default:
        return '502 unimplemented (#5.5.1)';
    }
  }

  #mail(argument: string): string {
    const path = parseLoosePath(argument);
    if (path === undefined) return '555 syntax error (#5.5.4)';
    const { names } = this.#site;
    const given = this.#rewrite(path);
    const record = names?.find(Buffer.from(given, 'utf8'))?.toString('utf8');
    const nul = record?.indexOf('\0') ?? -1;
    const author =
      record === undefined || nul < 0
        ? undefined
        : { name: record.slice(0, nul), address: record.slice(nul + 1) };
    this.#envelope = { sender: author?.address ?? given, author, recipients: [] };
    return '250 ok';
  }

  #rcpt(argument: string): string {
    if (this.#envelope === undefined) return '503 MAIL first (#5.5.1)';
    const path = parseLoosePath(argument);
    if (path === undefined || path === '') return '555 syntax error (#5.5.4)';
    if (this.#envelope.recipients.length >= this.#site.maxrcpt)
      return '452 sorry, too many recipients (#4.5.3)';
    this.#envelope.recipients.push(this.#rewrite(path));
    return '250 ok';
  }

  #rewrite(address: string): string {
    const bytes = rewriteEnvelopeAddress(toByteString(address), this.#site.rewrite);
    return fromByteString(bytes) ?? bytes;
  }

  /** False: the connection ended in the message. */
  async #takeData(): Promise<boolean> {
    const envelope = this.#envelope;
    if (envelope === undefined || envelope.recipients.length === 0) {
      this.#say(envelope === undefined ? '503 MAIL first (#5.5.1)' : '503 RCPT first (#5.5.1)');
      return true;
    }
    this.#envelope = undefined;
    this.#say('354 go ahead');
    this.#flush();
    const message = new OfmipMessage(this.#site, envelope, this.#helo, ++this.#count);
    for (;;) {
      const next = await this.#lines.next(TEXT_LIMIT);
      if (next === undefined) {
        message.abort();
        return false;
      }
      const { line, isCut } = next;
      if (line.length === 1 && line[0] === 0x2e) break;
      if (isCut) message.refuse('554 line too long (#5.6.0)');
      else await message.takeLine(line[0] === 0x2e ? line.subarray(1) : line);
    }
    this.#say(await message.finish());
    return true;
  }

  #say(reply: string): void {
    this.#replies += `${reply}\r\n`;
  }

  #flush(): void {
    if (this.#replies !== '' && this.#stream.writable) this.#stream.write(this.#replies, 'latin1');
    this.#replies = '';
  }
}

const lineFeed = Buffer.from('\n');

/** One message: its header is held and rebuilt, the rest streams into the queue. */
class OfmipMessage {
  readonly #site: Site;
  readonly #envelope: OfmipEnvelope;
  readonly #count: number;
  readonly #reader = new HeaderReader();
  readonly #injection: Injection;
  #hasBegun = false;
  #refusal: string | undefined;
  #size = 0;

  constructor(site: Site, envelope: OfmipEnvelope, helo: string, count: number) {
    this.#site = site;
    this.#envelope = envelope;
    this.#count = count;
    const { remoteIp, remoteHost, remoteInfo: info, localHost } = site.client;
    const facts = { remoteIp, remoteHost, helo, info, localHost, protocol: 'OFMIP' };
    this.#injection = site.injector.open(`uid ${process.getuid?.() ?? 0}`);
    this.#injection.write(Buffer.from(renderReceived(facts, Date.now() / 1000), 'latin1'));
  }

  /** The first reason stands. */
  refuse(reply: string): void {
    this.#refusal ??= reply;
  }

  async takeLine(line: Buffer): Promise<void> {
    const { databytes } = this.#site;
    this.#size += line.length + 1;
    if (databytes > 0 && this.#size > databytes)
      this.refuse('552 sorry, that message size exceeds my databytes limit (#5.3.4)');
    // spec/security.md S1: what the next host could take for a line end is in no message.
    if (line.includes(0) || line.includes(0x0d)) this.refuse('554 bare CR and NUL are refused (#5.6.0)');
    if (this.#refusal !== undefined) return;
    try {
      const body = this.#reader.push(Buffer.concat([line, lineFeed]));
      if (body !== undefined) await this.#write(body);
    } catch (error) {
      if (!(error instanceof HeaderTooLong)) throw error;
      this.refuse('552 sorry, that message header is too large (#5.3.4)');
    }
  }

  async #write(body: Buffer): Promise<void> {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      const header = Buffer.from(this.#renderHeader(), 'latin1');
      if (!this.#injection.write(header)) await this.#injection.drained();
    }
    if (!this.#injection.write(body)) await this.#injection.drained();
  }

  #renderHeader(): string {
    const { rewrite, idhost } = this.#site;
    const { sender, author } = this.#envelope;
    const own = sender === '' ? this.#rewritten('postmaster') : toByteString(sender);
    return new HeaderParts(this.#reader.fields, rewrite).render({
      now: Math.floor(Date.now() / 1000),
      idAppend: `.${this.#count}.${process.pid}.qmail@${toByteString(idhost)}`,
      author: {
        name: author && toByteString(author.name),
        address: author === undefined ? own : toByteString(author.address),
        // ofmipname(8): who is in the table writes under the name there.
        wins: author !== undefined,
      },
    });
  }

  #rewritten(address: string): string {
    return rewriteEnvelopeAddress(address, this.#site.rewrite);
  }

  async finish(): Promise<string> {
    if (this.#refusal === undefined) await this.#write(this.#reader.end());
    if (this.#refusal !== undefined) {
      this.abort();
      return this.#refusal;
    }
    const { sender, recipients } = this.#envelope;
    const { code, text } = await this.#injection.finish(sender, recipients);
    if (code === 'K') return '250 ok';
    return `${code === 'D' ? 554 : 451} ${text.replace(/[^\x20-\x7e]+/g, ' ')}`;
  }

  abort(): void {
    this.#injection.abort();
  }
}
