// Loops over the parts of a letter (RFC 5703 3): foreverypart and break; and extracttext (RFC 5703 7), the text of the part
// that a loop is at. Parts are bounded in number, and every round counts as work.
import { type CommandDefinition, type Extension, step } from '../definitions.ts';
import type { Checking } from '../language/checking.ts';
import { quoted } from '../language/source.ts';
import { performSteps } from '../language/steps.ts';
import { everyPart } from '../letter/parts.ts';
import { cutText, MOST_VARIABLE_LENGTH } from '../variables.ts';
import { readableText } from './body.ts';
import { readVariableName } from './variable-names.ts';
import { modifierTags, readModifiers } from './variables.ts';

/** Loops within loops. */
const MOST_LOOPS = 4;

const foreverypart: CommandDefinition = {
  name: 'foreverypart',
  capabilities: ['foreverypart'],
  signature: { tags: [{ name: 'name', value: 'string' }] },
  hasBlock: true,
  check: (call, checking, node) => {
    const text = call.text('name');
    if (text !== undefined && (text.constant === undefined || text.constant === ''))
      checking.fault(text.at, 'found no constant name of a loop; expected a constant that is not empty');
    if (checking.loops.length >= MOST_LOOPS) {
      checking.fault(call.at, `found more than ${MOST_LOOPS} loops within one another; expected fewer`);
      return undefined;
    }
    const name = text?.constant ?? '';
    checking.loops.push(name);
    const steps = checking.block(node.block ?? []);
    checking.loops.pop();
    return {
      at: call.at,
      perform: async (run) => {
        const around = run.parts.at(-1);
        // RFC 5703 3: within a loop, the parts of its part; at first the letter itself is one too.
        const parts = [...everyPart(around ?? run.letter.root)].slice(around === undefined ? 0 : 1);
        const depth = run.parts.length;
        try {
          for (const part of parts) {
            run.parts[depth] = part;
            const flow = await performSteps(steps, run);
            if (flow === 'break') {
              if (run.breakTo !== '' && run.breakTo !== name) return 'break';
              break;
            }
            if (flow !== 'next') return flow;
          }
        } finally {
          run.parts.length = depth;
        }
        return 'next';
      },
    };
  },
};

const breakCommand: CommandDefinition = {
  name: 'break',
  capabilities: ['foreverypart'],
  signature: { tags: [{ name: 'name', value: 'string' }] },
  check: (call, checking) => {
    const text = call.text('name');
    const name = text === undefined ? '' : (text.constant ?? '');
    if (checking.loops.length === 0)
      checking.fault(call.at, 'found break outside of a loop; expected it in the block of foreverypart');
    else if (text !== undefined && (name === '' || !checking.loops.includes(name)))
      checking.fault(
        text.at,
        `found break to the loop ${quoted(name)}; expected the name of a foreverypart around it`,
      );
    return {
      at: call.at,
      perform: (run) => {
        run.breakTo = name;
        return 'break';
      },
    };
  },
};

const extracttext: CommandDefinition = {
  name: 'extracttext',
  capabilities: ['extracttext'],
  signature: {
    tags: [...modifierTags, { name: 'first', value: 'number' }],
    positional: [{ name: 'the name of the variable', type: 'string', capability: 'variables' }],
  },
  check: (call, checking: Checking) => {
    if (checking.loops.length === 0)
      checking.fault(
        call.at,
        'found extracttext outside of a loop; expected it in the block of foreverypart',
      );
    const variable = readVariableName(call.text('the name of the variable')!, checking);
    if (variable === undefined) return undefined;
    const change = readModifiers(call);
    const most = Math.min(call.number('first') ?? MOST_VARIABLE_LENGTH, MOST_VARIABLE_LENGTH);
    return step(call, (run) => {
      const part = run.parts.at(-1);
      const text = part === undefined ? '' : (readableText(part, run) ?? '');
      run.variables.write(variable.name, variable.isGlobal, change(firstCharacters(text, most)));
    });
  },
};

/** The first characters of a text, none of them halved. */
function firstCharacters(text: string, count: number): string {
  // A character is two units at most.
  return [...cutText(text, 2 * count)].slice(0, count).join('');
}

export const parts: Extension = { commands: [foreverypart, breakCommand, extracttext] };
