// STATE/dmarc.sqlite: what will be reported to others, and what others reported to us. Its own file, for programs of other
// users than the webmail's may be let at it, and it can be deleted at the cost of what is in it alone.
import Database, { type Database as ReportDatabase } from 'better-sqlite3';

/** @throws the database's or the system's error */
export function openReportDatabase(path: string): ReportDatabase {
  const database = new Database(path, { timeout: 5000 });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
