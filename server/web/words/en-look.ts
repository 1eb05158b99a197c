// English of the look of a domain.
export const enLook = {
  'look.title': 'Look',
  'look.explained':
    'Name, colour and logo that the people of {domain} see in the webmail. Its sign-in page has them at the addresses of the domain and below it, such as mail.{domain}.',
  'look.name': 'Name',
  'look.nameHint': 'It stands beside the logo and in the titles of pages. Left empty: “{name}”.',
  'look.accent': 'Accent colour',
  'look.accentHint':
    'For buttons, links and the place where one is, such as #1c6664. Left empty: the usual colour.',
  'look.accentDark': 'Accent colour in the dark theme',
  'look.accentDarkHint': 'Left empty: a lighter shade of the other colour.',
  'look.colour': 'Write the colour as # and six digits, such as #1c6664.',
  'look.weakLight':
    'This colour cannot be read well on light pages: its contrast is {ratio} to 1, and text needs {least} to 1. The nearest shade that has it is {shade}.',
  'look.weakDark':
    'This colour cannot be read well on dark pages: its contrast is {ratio} to 1, and text needs {least} to 1. The nearest shade that has it is {shade}.',
  'look.logo': 'Logo',
  'look.logoFile': 'Picture',
  'look.logoHint':
    'PNG, WebP or JPEG, at most 64 KB and 512 pixels a side. With a transparent ground it suits both themes.',
  'look.logoPut': 'Use this logo',
  'look.logoRemove': 'Remove the logo',
  'look.notPicture': 'This is no PNG, WebP or JPEG picture. Choose another.',
  'look.tooLarge': 'This picture has more than 64 KB or more than 512 pixels a side. Choose a smaller one.',
  'look.usual': 'Back to the usual look',
  'look.usualHint': 'The name, the colours and the logo of {domain} are removed.',
  'look.usualNow': '{domain} has the usual look again.',
} as const;
