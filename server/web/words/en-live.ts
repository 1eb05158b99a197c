// English of the living page and of the settings of a person.
export const enLive = {
  'live.paused': 'Updates paused. New mail shows when you load the page again.',
  'live.signedOut': 'You are signed out.',
} as const;
