// The build of the browser files as the tests call it.

/** Builds everything into `directory`; returns the hash that becomes part of the addresses. */
export function buildStatic(directory: string): Promise<string>;
