// English of the pages of help. Places are filled with the words of buttons and pages (help/guide-table.ts).
export const enGuide = {
  'guide.title': 'Help',
  'guide.all': 'All of it on one page',
  'guide.more': 'More help',
  'guide.places': 'Pages for this',
  'guide.keys.lead': 'Keys for what you do often',
  'guide.writing': 'Writing and sending',
  'guide.writing.lead': 'Drafts, taking back, sending later, signatures',
  'guide.writing.begin':
    '“{compose}” begins a message; “{reply}”, “{replyAll}” and “{forward}” are with every message that is open.',
  'guide.writing.saved':
    'What you write is saved while you type and lies in {drafts}, where your other devices find it too. Without JavaScript, press “{save}”.',
  'guide.writing.undo':
    'After “{send}” there are some seconds to think again: “{undo}” opens the message once more, and nobody has got it. {settings}, {composing} says how many seconds, 30 at most.',
  'guide.writing.later':
    '“{later}” lets a message leave at a time that you choose, within a year, whether you are signed in then or not.',
  'guide.writing.outbox':
    'What has not left yet is in {outbox}: there you can change it, send it at once or take it back.',
  'guide.writing.files':
    '“{attach}” adds files; with JavaScript they can be dropped or pasted into the message too. The page says how much fits.',
  'guide.writing.identities':
    '{settings}, {identities} has a name and a signature for each of your addresses; {templates} are texts that you use again and again.',
  'guide.writing.fate':
    'Marks in {sent} tell what became of a message, where the server keeps track of it. What could not be delivered comes back with the reason.',
  'guide.finding': 'Finding mail',
  'guide.finding.lead': 'Words, operators, the advanced search',
  'guide.finding.words':
    'Type words into the search field and press Enter. A message is found when it has all of them, in its subject, its text, or its names and addresses.',
  'guide.finding.operators':
    'A word with a colon looks in one place only. Put several together to find less.',
  'guide.finding.left': '{trash} and {junk} are left out, unless in: names them or says anywhere.',
  'guide.finding.advanced': '“{advanced}” has fields for most of this, with nothing to remember.',
  'guide.finding.act': 'What was found can be ticked, moved, labelled and deleted as in any other list.',
  'guide.finding.typed': 'You type',
  'guide.finding.finds': 'It finds',
  'guide.row.from': 'mail from Bob, by name or address',
  'guide.row.to': 'mail to Carla, copies too',
  'guide.row.subject': 'this word in the subject',
  'guide.row.phrase': 'these words next to each other',
  'guide.row.start': 'words that begin so',
  'guide.row.not': 'mail without this word',
  'guide.row.or': 'mail with one of the two',
  'guide.row.has': 'mail with files',
  'guide.row.filename': 'files with this in their name',
  'guide.row.is': 'unread mail; also is:read and is:starred',
  'guide.row.in': 'mail of one folder; in:anywhere: of all',
  'guide.row.after': 'received on this day or later',
  'guide.row.before': 'received before this day',
  'guide.row.larger': 'larger than 5 MB; the other way round: smaller:200k',
  'guide.order': 'Keeping order',
  'guide.order.lead': 'Folders, labels, snoozing, undo',
  'guide.order.archive':
    '“{archive}” takes a message out of the {inbox} without deleting it. {junk} is for mail that you never asked for; “{notJunk}” brings a message back.',
  'guide.order.folders':
    'Folders are made, renamed and moved into each other on the page {folders}. With JavaScript, messages can be dragged onto a folder; with Ctrl held they are copied.',
  'guide.order.labels':
    'A message lies in one folder, and can have several labels. {settings}, {labels} has their names and colours; other mail programs see them too.',
  'guide.order.snooze':
    '“{snooze}” puts a message away until a time that you choose. Then it is back at the top of its list, unread.',
  'guide.order.select':
    'Tick several messages to act on all of them at once. When a whole page is ticked, the rest of the folder can be selected as well.',
  'guide.order.conversations':
    'Messages that belong together are one line. The menu “{sort}” shows each by itself instead, in this folder.',
  'guide.order.undo':
    '“{undo}” takes back what you did, for 24 hours; {settings}, {activity} lists it. What was deleted for good stays deleted.',
  'guide.order.cleaning':
    'What lies in {trash} and {junk} is removed for good after some days. {settings}, {general} says after how many; 0 keeps it.',
  'guide.safety': 'Safety',
  'guide.safety.lead': 'Pictures, warnings, two steps, app passwords',
  'guide.safety.pictures':
    'Pictures from other servers tell the sender that you read, so they are only loaded when you allow it. “{show}” loads them for one message; they go through our server, and the sender does not see your network address.',
  'guide.safety.warnings':
    'A warning stands above a message when its sender failed a check, when its name poses as another address, or when answers would go elsewhere. Then be careful with links, files and requests.',
  'guide.safety.password':
    'Nobody needs your password by mail. Leave a page that wants it after a click in a message.',
  'guide.safety.files': 'Files that can do harm are marked, and you are asked before you get one.',
  'guide.safety.twoStep':
    '{settings}, {security}, “{twoStep}”: after the password a code from your phone is asked for. Keep the recovery codes on paper.',
  'guide.safety.passkey':
    'A passkey signs you in with the fingerprint, face or PIN of a device, in place of password and code.',
  'guide.safety.apps':
    'Give each mail program an app password of its own: it does not open the webmail, and can be taken back without the others.',
  'guide.safety.sessions':
    'The same page shows where you are signed in and what happened in the last 90 days. If something looks strange, change your password and press “{everywhere}”.',
  'guide.safety.unsubscribe':
    '“{unsubscribe}” leaves a mailing. For mail that you never asked for, {junk} is better.',
  'guide.programs': 'Phone and mail programs',
  'guide.programs.lead': 'Servers, ports, app passwords',
  'guide.programs.where':
    '{settings}, {programs} has the servers, ports and user name for mail programs. The user name is your whole address.',
  'guide.programs.alone':
    'Many programs find these by themselves when you type your address; for iPhone, iPad and Mac the page has a profile.',
  'guide.programs.imap':
    'With IMAP a program shows the same folders and messages as the webmail, and what you read in one is read in the other. With POP3 it gets the {inbox} only.',
  'guide.programs.app': 'With two-step sign-in, a program needs an app password in place of yours.',
  'guide.programs.wrong':
    'After several wrong passwords the server makes a program wait. Put the password right in all your programs, then try again.',
  'guide.moving': 'Moving mail in and out',
  'guide.moving.lead': 'Import, export, forwarding',
  'guide.moving.in':
    '{settings}, {transfer} takes mail in: mbox files, ZIP archives of messages, or single messages (.eml). What is in the folder already is left out.',
  'guide.moving.out':
    'The same page gives a folder as one file, or everything, with contacts and settings, as one archive.',
  'guide.moving.ticked': 'Messages that are ticked in a list can be downloaded by its menu.',
  'guide.moving.contacts': 'The page {contacts} takes and gives vCard and CSV.',
  'guide.moving.elsewhere':
    'From another provider, a mail program moves mail too: set up both accounts in it and copy the folders over.',
  'guide.moving.jobs':
    'What takes long goes on when you leave the page. A line tells how far it is, and it can be stopped.',
  'guide.moving.forward':
    '{settings}, {delivery} sends mail on to another address, and answers it while you are away.',
  'guide.moving.away':
    'The answer may have a first and a last day and go only to people in your contacts. Lists and machines get none, and nobody gets it twice within the days you choose. A line on every page tells that it is on.',
  'guide.offline': 'New mail and no connection',
  'guide.offline.lead': 'Notifications, working without a net, installing',
  'guide.offline.news':
    'New mail shows by itself while a page is open. Without JavaScript, load the page again, or let lists do so: {settings}, {general}.',
  'guide.offline.tab': 'The title of the tab tells how much is unread in the {inbox}.',
  'guide.offline.notify':
    '{settings}, {general} turns on notifications of new mail: sender and subject, without a sound, while a page of the webmail is open. The browser asks once whether it may.',
  'guide.offline.gone':
    'Without a connection a page says so. A message that you are writing stays on the screen, and this browser keeps it until the server has it.',
  'guide.offline.kept': 'The mail that you read is not stored on the device.',
  'guide.offline.install':
    'Most browsers offer to install the webmail: it then has a window and an icon of its own.',
} as const;
