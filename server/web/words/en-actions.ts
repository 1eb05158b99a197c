// English of what is done to messages, and of work that runs on.
export const enActions = {
  'job.title': 'In progress',
  'job.starting': 'Starting.',
  'job.progress': '{done} of {total}',
  'job.stopping': 'Stopping.',
  'job.failed': 'This could not be finished. What was done until then stays done.',
  'job.stop': 'Stop',
  'job.result': 'Open the result',
  'job.none': 'Nothing is running.',
  'job.hint': 'You can leave this page: the work goes on. It ends when the server restarts.',
  'job.all': 'All in progress',
  'job.gone': 'This work ended more than an hour ago, or the server was restarted.',
  'job.tooMany': 'Three things are in progress already. Wait until one has ended, then try again.',
};
