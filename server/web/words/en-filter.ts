// English of the junk filter: its settings, and why a message is in Junk.
export const enFilter = {
  'filter.lead':
    'A filter of your own learns from what you move into Junk and what you take out of it. New mail that looks like junk goes to Junk, never anywhere else.',
  'filter.none': 'There are no filters here. Your administrator can turn them on.',
  'filter.use': 'Use my filter',
  'filter.strictness': 'How strict',
  'filter.careful': 'Careful: more junk in the inbox, hardly ever good mail in Junk',
  'filter.normal': 'Usual',
  'filter.keen': 'Strict: less junk in the inbox, now and then good mail in Junk',
  'filter.learnedJunk': 'Learned as junk',
  'filter.learnedGood': 'Learned as good mail',
  'filter.begins': 'It begins to sort when it knows {count} messages of each kind.',
  'filter.fromFolders': 'Learn from my folders',
  'filter.fromFoldersHint':
    'What is in Junk is learned as junk, what you have read in your other folders as good mail.',
  'filter.learning': 'Learning from your folders',
  'filter.learned': {
    one: '{n} message was new to your filter.',
    other: '{n} messages were new to your filter.',
  },
  'filter.forget': 'Forget all',
  'filter.forgetHint': 'Your filter forgets what it has learned and begins anew. Your mail stays as it is.',
  'filter.forgotten': 'Your filter has forgotten everything.',
  'filter.why.words': 'Facteur thinks this is junk: words like {words}.',
  'filter.why.filter': 'Facteur thinks this is junk.',
  'filter.why.sender': 'The sender’s address could not be confirmed.',
  'filter.why.listed': 'It came through a server that is listed for sending junk.',
  'filter.why.scanner': 'A scanner took it for junk.',
  'filter.why.door': 'It looked suspicious when it arrived.',
};
