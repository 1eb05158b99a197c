// vpopmail's error codes: the exit status of its commands is the code & 255, and its words follow `Error: `
// (spec/vpopmail.md 3.1). Scripts of sites test both, so they stay.

const texts = {
  [-1]: 'Illegal username',
  [-2]: 'Username exists',
  [-3]: 'Unable to chdir to vpopmail directory',
  [-7]: "User's directory already exists",
  [-9]: "Creation of user's subdirectories failed",
  [-10]: 'User does not exist',
  [-11]: 'Domain does not exist',
  [-12]: 'Invalid domain name',
  [-13]: 'Domain already exists',
  [-14]: 'Could not make domain dir',
  [-17]: 'Could not update file',
  [-20]: 'bad character',
  [-25]: 'user name too long (max=64)',
  [-26]: 'domain name too long (max=96)',
  [-27]: 'password too long (max=128)',
  [-28]: 'gecos too long (max=64)',
  [-29]: 'quota too long (max=20)',
  [-30]: 'dir too long (max=160)',
  [-32]: 'alias line too long (max=160)',
  [-55]: "can't delete catchall account",
  // The words of a policy's refusal say what is missing (password-policy.ts); these are for who has only the code.
  [-69]: 'password strength: empty',
  [-70]: 'password strength: length',
  [-71]: 'password strength: alphabetical characters',
  [-72]: 'password strength: numbers',
  [-73]: 'password strength: other characters',
  [-74]: 'password strength: uppercase and lowercase characters',
} as const;

export type VpopmailCode = keyof typeof texts;

/** A refusal with vpopmail's code and words. `detail` says more for people: which file, which value. */
export class VpopmailError extends Error {
  readonly code: VpopmailCode;
  readonly text: string;

  /** @param text other words than the code's own */
  constructor(code: VpopmailCode, detail?: string, text: string = texts[code]) {
    super(detail === undefined ? text : `${text}: ${detail}`);
    this.name = 'VpopmailError';
    this.code = code;
    this.text = text;
  }

  /** The exit status of a command that ends with this. */
  get exitStatus(): number {
    return this.code & 255;
  }
}
