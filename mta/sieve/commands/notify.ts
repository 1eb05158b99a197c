// enotify (RFC 5435) by mail (RFC 5436): notify, valid_notify_method, notify_method_capability.
import { type Extension, step, test } from '../definitions.ts';
import { quoted, ScriptError } from '../language/source.ts';
import { readMailto } from '../mailto.ts';
import { matchTags, readMatcher } from '../matching/match.ts';
import { fccTags, readFileCarbonCopy } from './carbon-copy.ts';
import { readNamedAddress } from './filing.ts';

const MOST_OPTIONS = 20;

/** RFC 5435 3.5: a name, "=", and a value of one line. */
const badOption = (option: string): string | undefined =>
  /^[A-Za-z0-9][A-Za-z0-9._-]*=[^\r\n\0]*$/.test(option)
    ? undefined
    : `found the option ${quoted(option)}; expected a name, "=" and a value, such as "way=short"`;

const badMethod = (uri: string): string | undefined => {
  const wrong = readMailto(uri);
  return typeof wrong === 'string' ? `found the method ${quoted(uri)}; ${wrong}` : undefined;
};

export const notify: Extension = {
  commands: [
    {
      name: 'notify',
      capabilities: ['enotify'],
      signature: {
        tags: [
          { name: 'from', value: 'string' },
          { name: 'importance', value: 'string' },
          { name: 'options', value: 'strings' },
          { name: 'message', value: 'string' },
          ...fccTags,
        ],
        positional: [{ name: 'the method', type: 'string' }],
      },
      check: (call, checking) => {
        const method = call.text('the method')!;
        const bad = method.constant === undefined ? undefined : badMethod(method.constant);
        if (bad !== undefined) checking.fault(method.at, bad);
        const fromText = call.text('from');
        const from = fromText === undefined ? undefined : readNamedAddress(fromText, checking);
        const importance = call.text('importance');
        const badImportance = (value: string): string =>
          `found the importance ${quoted(value)}; expected "1", "2" or "3"`;
        if (importance?.constant !== undefined && !/^[123]$/.test(importance.constant))
          checking.fault(importance.at, badImportance(importance.constant));
        const options = call.texts('options') ?? [];
        for (const { constant, at } of options) {
          const wrong = constant === undefined ? undefined : badOption(constant);
          if (wrong !== undefined) checking.fault(at, wrong);
        }
        const fcc = readFileCarbonCopy(call, checking);
        return step(call, (run) => {
          const uri = method.valueIn(run);
          const wrong = badMethod(uri);
          if (wrong !== undefined) throw new ScriptError(wrong);
          const asked = importance?.valueIn(run) ?? '2';
          if (!/^[123]$/.test(asked)) throw new ScriptError(badImportance(asked));
          const given = options.slice(0, MOST_OPTIONS).map((text) => text.valueIn(run));
          for (const option of given) {
            const bad = badOption(option);
            if (bad !== undefined) throw new ScriptError(bad);
          }
          run.actions.add({
            type: 'notify',
            method: uri,
            from: from?.(run),
            importance: Number(asked) as 1 | 2 | 3,
            message: call.text('message')?.valueIn(run),
            options: given,
            fcc: fcc(run),
          });
        });
      },
    },
  ],
  tests: [
    {
      name: 'valid_notify_method',
      capabilities: ['enotify'],
      signature: { positional: [{ name: 'the list of methods', type: 'strings' }] },
      check: (call) => {
        const methods = call.texts('the list of methods') ?? [];
        return test((run) => methods.every((method) => badMethod(method.valueIn(run)) === undefined));
      },
    },
    {
      name: 'notify_method_capability',
      capabilities: ['enotify'],
      signature: {
        tags: matchTags,
        positional: [
          { name: 'the method', type: 'string' },
          { name: 'the capability', type: 'string' },
          { name: 'the list of keys', type: 'strings' },
        ],
      },
      check: (call, checking) => {
        const matcher = readMatcher(call, 'the list of keys', checking);
        if (matcher === undefined) return undefined;
        return test((run) => {
          const isKnown =
            badMethod(call.text('the method')!.valueIn(run)) === undefined &&
            call.text('the capability')!.valueIn(run).toLowerCase() === 'online';
          // RFC 5436 2.8: nobody can say whether a mailbox's owner is there.
          return isKnown && matcher.matches(['maybe'], run);
        });
      },
    },
  ],
};
