// English of the settings page: the control files. What each setting means stands in the settings table.
export const enControl = {
  'control.title': 'Settings',
  'control.hint':
    'Each setting is a file in control/. What has no file has its default. The running program takes a change at once, unless its page says otherwise.',
  'control.search': 'Name or words',
  'control.filters': 'Which settings',
  'control.only.all': 'All',
  'control.only.set': 'With a file',
  'control.only.wrong': 'Wrong',
  'control.none': 'No setting fits.',
  'control.wrong': { one: 'One file is wrong.', other: '{n} files are wrong.' },
  'control.wrongHint':
    'A program that runs keeps what a file said before it became wrong; one that starts may not start.',
  'control.unknown': 'Files that nobody reads',
  'control.unknownHint':
    'They lie in control/ and no part of the program knows them: a name that was mistyped, or the file of another program.',
  'control.runScripts': 'Only the run scripts of old servers read this.',
  'control.setting': 'Setting',
  'control.value': 'Holds now',
  'control.default': 'Default',
  'control.isDefault': 'Default:',
  'control.empty': '(empty)',
  'control.isWrong': 'wrong',
  'control.more': { one: 'and one more line', other: 'and {n} more lines' },
  'control.room.names': "The host's names",
  'control.room.doors': 'Doors and their limits',
  'control.room.policy': 'Who may send what',
  'control.room.rules': 'Access rules',
  'control.room.senders': 'Whether senders are genuine',
  'control.room.junk': 'Junk and viruses',
  'control.room.queue': 'Queue and bounces',
  'control.room.local': 'Deliveries here',
  'control.room.remote': 'Mail to other hosts',
  'control.room.people': 'Accounts and webmail',
  'control.room.roles': 'Users of the program',
  'control.room.history': 'Delivery history',
  'control.kind': 'Form',
  'control.kind.line': 'one line',
  'control.kind.int': 'a number',
  'control.kind.list': 'one entry a line; lines that begin with # are comments',
  'control.kind.map': 'key:value, one a line; lines that begin with # are comments',
  'control.kind.text': 'a text',
  'control.kind.cdb': 'a compiled table',
  'control.kind.rules': 'rules, one a line; lines that begin with # are comments',
  'control.readers': 'Read by',
  'control.origin': 'Known to qmail',
  'control.yes': 'yes',
  'control.no': 'no',
  'control.room': 'Belongs to',
  'control.atStart': 'This file is read when the program starts. A change holds after a restart.',
  'control.text': 'Text of the file',
  'control.newText': 'New text of the file',
  'control.noFile': 'There is no file now, so the default holds. An empty file is not the same as none.',
  'control.maskedHint':
    'Passwords are not shown. Write the whole text anew, with all passwords; it takes the place of the old one.',
  'control.stored': 'The file now',
  'control.conflict': 'Somebody else has changed this file meanwhile.',
  'control.conflictHint':
    'Above is the file as it is now, below what you typed. Saving replaces the file by what you typed.',
  'control.back': 'All settings',
  'control.toDefault': 'Back to the default',
  'control.saved': 'Saved.',
  'control.savedForStart': 'Saved. It holds after a restart.',
  'control.shutsOut':
    'Your own way in, {host}, is not among these: after a restart you could not come back. Add it.',
  'control.lock.domains':
    'The domain pages keep this file: add or remove a domain there, and all files that belong together change together.',
  'control.lock.host':
    'This name is in other files, in mail under way and in DNS. Change it on the machine, with config-fast, and start the program anew.',
  'control.lock.programs':
    'What stands here makes the program run other programs. It is changed on the machine only, so that nobody who has got hold of a session in the webmail can run something.',
  'control.lock.users':
    'These are users of the machine, for a program that root starts. It is changed on the machine only.',
  'control.lock.accounts':
    'This says where the accounts are. A wrong word would shut out everybody who could put it right, so it is changed on the machine only.',
  'control.lock.compiled': 'This table is compiled on the machine; there is no text to edit.',
  'control.lock.odd':
    'There is something other than a plain file of up to 65536 bytes, such as a link. It is changed on the machine only.',
  'control.lock.bytes':
    'The file holds bytes that are not UTF-8 and would not come through a form unharmed. It is changed on the machine only.',
} as const;
