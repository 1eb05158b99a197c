// The letters of the demo mailbox: varied enough to show what the webmail does with text, HTML, attachments, pictures,
// lists, other scripts and long subjects. All of them are ours; nothing in them points at a real host.
import { crc32, deflateSync } from 'node:zlib';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';

/** One letter and where it lies. */
export interface DemoLetter {
  readonly folder: 'INBOX' | 'Sent' | 'Archive' | 'Drafts';
  readonly flags: string;
  /** Minutes before now. */
  readonly age: number;
  readonly mail: ConstructorParameters<typeof MailComposer>[0];
}

const hour = 60;
const day = 24 * hour;

/** A plan of a small station as a PNG: tracks, a platform and an exit, drawn in the colours of the house. */
function drawPlan(): Buffer {
  const [width, height] = [240, 160];
  const paper = [246, 245, 242];
  const rail = [81, 87, 93];
  const platform = [28, 102, 100];
  const exit = [154, 100, 0];
  const rows: Buffer[] = [];
  for (let y = 0; y < height; y++) {
    const row = Buffer.alloc(1 + width * 3); // filter byte 0, then RGB
    for (let x = 0; x < width; x++) {
      const isRail =
        [30, 34, 66, 70, 102, 106].includes(y) || (x % 12 < 2 && [28, 36, 64, 72, 100, 108].includes(y));
      const isPlatform = y >= 82 && y < 92 && x >= 24 && x < 216;
      const isExit = x >= 196 && x < 212 && y >= 92 && y < 140;
      const [red, green, blue] = isExit ? exit : isPlatform ? platform : isRail ? rail : paper;
      row.set([red as number, green as number, blue as number], 1 + x * 3);
    }
    rows.push(row);
  }
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const newsletter = `<!doctype html><html><body style="margin:0;background:#f2f0ea">
<table width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px">
<table width="560" cellpadding="0" cellspacing="0" style="background:#ffffff;border:1px solid #dddddd">
<tr><td style="padding:28px 32px;background:#1c6664;color:#ffffff;font-size:22px;font-weight:bold">The Garden Post</td></tr>
<tr><td style="padding:28px 32px;font-size:16px;line-height:1.5;color:#222222">
<h2 style="margin-top:0">What to plant in November</h2>
<p>Garlic wants cold feet. Push the cloves in a hand apart, point up, before the ground freezes.</p>
<ul><li>Garlic and shallots</li><li>Broad beans under fleece</li><li>Tulips, deeper than you think</li></ul>
<p><img src="https://pictures.garden-post.example/november.jpg" width="496" height="180" alt="A bed in November"></p>
<p><a href="https://garden-post.example/november" style="color:#14606b">Read the whole calendar</a></p>
</td></tr>
<tr><td style="padding:16px 32px;font-size:12px;color:#777777">You get this letter because you asked for it.
<a href="https://garden-post.example/leave">Leave the list</a></td></tr>
</table></td></tr></table></body></html>`;

/** Makes the letters for one owner. */
export function demoLetters(owner: {
  readonly name: string;
  readonly address: string;
}): readonly DemoLetter[] {
  const to = owner;
  const at = (local: string, host = 'friends.example'): string => `${local}@${host}`;
  return [
    {
      folder: 'INBOX',
      flags: '',
      age: 12,
      mail: {
        from: { name: 'Zoë Ødegård', address: at('zoe', 'studio.example') },
        to,
        subject: 'Contract draft v3',
        messageId: '<draft3@studio.example>',
        text: 'Hi,\n\nI went through all the clauses with Bob. Two things are left:\nthe delivery date in 4.2, and who keeps the sources.\nCould you look before Thursday?\n\nThe draft is attached.\n\nZoë\n-- \nZoë Ødegård · Studio Nord\n',
        attachments: [
          {
            filename: 'Contract draft v3.txt',
            content: 'Draft 3\n\n4.2 Delivery on 15 January.\n7.1 The sources stay with the author.\n',
          },
          {
            filename: 'Übersicht 2026.csv',
            content: 'Month;Hours\nJanuary;32\nFebruary;40\n',
            contentType: 'text/csv',
          },
        ],
      },
    },
    {
      folder: 'INBOX',
      flags: '',
      age: 95,
      mail: {
        from: { name: 'The Garden Post', address: at('letter', 'garden-post.example') },
        to,
        subject: 'What to plant in November',
        list: { unsubscribe: { url: 'https://garden-post.example/leave', comment: 'Leave the list' } },
        text: 'What to plant in November\n\nGarlic wants cold feet ...\nhttps://garden-post.example/november\n',
        html: newsletter,
      },
    },
    {
      folder: 'INBOX',
      flags: 'S',
      age: 3 * hour,
      mail: {
        from: { name: 'Bob Jones', address: at('bob') },
        to: [to, { name: 'Carla Rossi', address: at('carla') }],
        subject: 'Re: Quarterly report and next steps',
        messageId: '<report-2@friends.example>',
        inReplyTo: '<report-1@example.test>',
        references: ['<report-1@example.test>'],
        text: 'Good numbers. One question below.\n\nOn 20 Nov 2026 at 17:40, you wrote:\n> The third quarter is closed. We are 4 % over plan.\n>\n> > Are the returns counted?\n>\n> Yes, both months.\n\nAlso the ones that came back in October? Then I am happy.\n\nBob\n',
      },
    },
    {
      folder: 'Sent',
      flags: 'S',
      age: 5 * hour,
      mail: {
        from: owner,
        to: [
          { name: 'Bob Jones', address: at('bob') },
          { name: 'Carla Rossi', address: at('carla') },
        ],
        subject: 'Quarterly report and next steps',
        messageId: '<report-1@example.test>',
        text: 'The third quarter is closed. We are 4 % over plan.\n\n> Are the returns counted?\n\nYes, both months.\n',
      },
    },
    {
      folder: 'INBOX',
      flags: 'FS',
      age: day + 2 * hour,
      mail: {
        from: { name: 'Claire Dubois', address: at('claire', 'voyages.example') },
        to,
        subject: 'Vos billets : Lyon – Genève, samedi 5 décembre à 8 h 04',
        text: 'Bonjour,\n\nVoici vos billets. Le train part à 8 h 04 de la voie 3 ; soyez là dix minutes avant.\n\nBon voyage,\nClaire\n',
        html: '<p>Bonjour,</p><p>Voici vos billets. Le train part à <b>8 h 04</b> de la voie&nbsp;3&nbsp;; soyez là dix minutes avant.</p><p><img src="cid:plan" width="240" height="160" alt="Plan de la gare"></p><p>Bon voyage,<br>Claire</p>',
        attachments: [{ filename: 'plan.png', content: drawPlan(), cid: 'plan', contentType: 'image/png' }],
      },
    },
    {
      folder: 'INBOX',
      flags: 'S',
      age: 2 * day,
      mail: {
        from: { name: '山田 花子', address: at('hanako', 'office.example') },
        to,
        subject: '来週の会議について',
        text: 'お世話になっております。\n\n来週の会議は火曜日の14時からに変更になりました。\n資料は月曜日までにお送りします。\n\n山田\n',
      },
    },
    {
      folder: 'INBOX',
      flags: 'RS',
      age: 3 * day,
      mail: {
        from: { name: 'نور الدين', address: at('nour', 'maktaba.example') },
        to,
        subject: 'موعد إعادة الكتب',
        text: 'مرحبا،\n\nموعد إعادة الكتب يوم الخميس القادم. يمكنك التمديد أسبوعا آخر إن شئت.\n\nنور\n',
      },
    },
    {
      folder: 'INBOX',
      flags: 'S',
      age: 6 * day,
      mail: {
        from: { name: 'Anna Petrova', address: at('anna', 'lists.example') },
        to: { name: 'Mail server people', address: at('servers', 'lists.example') },
        cc: to,
        subject:
          '[servers] fsync and directories: what a power cut really takes, measured on four file systems with both link and rename',
        list: {
          id: { url: 'servers.lists.example', comment: 'Mail server people' },
          post: { url: 'servers@lists.example' },
        },
        text: 'Hello list,\n\nthe short version: fsync the directory too. The long version, with figures:\nhttps://lists.example/archive/fsync\n\nAnna\n-- \nservers mailing list\n',
      },
    },
    {
      folder: 'INBOX',
      flags: 'S',
      age: 20 * day,
      mail: {
        from: { name: 'Billing', address: at('billing', 'power.example') },
        to,
        subject: 'Your invoice 2026-1142',
        text: 'Amount due: 42.00 EUR\nDue on: 5 December 2026\n\nThe invoice is attached.\n',
        attachments: [
          {
            filename: 'invoice-2026-1142.html',
            content: '<h1>Invoice 2026-1142</h1><p>42.00 EUR</p>',
            contentType: 'text/html',
          },
        ],
      },
    },
    {
      folder: 'Archive',
      flags: 'S',
      age: 300 * day,
      mail: {
        from: { name: 'Carla Rossi', address: at('carla') },
        to,
        subject: 'Recipe for the ribollita',
        text: 'Beans the day before, black cabbage, old bread. Two hours, no less.\n\nCarla\n',
      },
    },
    {
      folder: 'Drafts',
      flags: 'DS',
      age: 30,
      mail: {
        from: owner,
        to: { name: 'Zoë Ødegård', address: at('zoe', 'studio.example') },
        subject: 'Re: Contract draft v3',
        inReplyTo: '<draft3@studio.example>',
        references: ['<draft3@studio.example>'],
        text: 'Hi Zoë,\n\n4.2 is fine with me. About 7.1: ',
      },
    },
  ];
}

/** The letter's bytes, LF line ends, as a delivery would have stored them. */
export async function renderLetter(letter: DemoLetter, received: Date): Promise<Buffer> {
  const composer = new MailComposer({ ...letter.mail, date: received, newline: 'unix' });
  return composer.compile().build();
}
