// Statements whose text depends on what was asked (how many words, in which order): each text is compiled once.
import type { Statement } from 'better-sqlite3';
import type { StateDatabase } from './database.ts';

/** Texts kept; a room has a few dozen. */
const most = 100;

/** Gives the statement of a text. The text is made of the program's own words alone; values are bound. */
export type Statements = <Row>(text: string) => Statement<unknown[], Row>;

export function createStatements(database: StateDatabase): Statements {
  const kept = new Map<string, Statement<unknown[], unknown>>();
  return <Row>(text: string) => {
    let statement = kept.get(text);
    if (statement === undefined) {
      if (kept.size >= most) kept.clear();
      statement = database.prepare<unknown[], unknown>(text);
      kept.set(text, statement);
    }
    return statement as Statement<unknown[], Row>;
  };
}
