// The bounds on everything that a message can make us do (security.md M2), in one table. A message beyond one of
// them is still shown: what lies past the bound is left out or offered as an opaque part, and the page says so.

/** MIME structure. */
export const maxDepth = 100;
export const maxParts = 10_000;
export const maxListedParts = 1_000;
/** Bytes of one header block that are read, and of all header blocks of a message together. */
export const maxHeaderBlock = 1024 * 1024;
export const maxHeadersTotal = 4 * 1024 * 1024;
/** Bytes of one field that are decoded. */
export const maxField = 128 * 1024;
/** Fields of one block that are read. */
export const maxFields = 20_000;
export const maxFieldsShown = 500;
export const maxBoundary = 2_048;
export const maxParameters = 100;
export const maxContinuations = 100;
export const maxParameterBytes = 16 * 1024;
export const maxEncodedWords = 1_000;
export const maxAddresses = 1_000;
export const maxReferences = 100;

/** Text. Counts of characters unless they say bytes. */
export const maxTextShown = 512 * 1024;
/** What "Show all" shows. */
export const maxTextAll = 4 * 1024 * 1024;
export const maxSearchText = 256 * 1024;
export const maxLinks = 2_000;
export const maxQuoteDepth = 50;
export const maxBlocks = 10_000;
export const previewLength = 120;
/** Bytes of a text part that are decoded at all: enough for the text shown, whatever the encoding. */
export const maxTextPartBytes = 4 * 1024 * 1024;
/** Bytes of a message file in which the index looks for parts; what lies beyond belongs to the last part seen. */
export const maxSummaryBytes = 128 * 1024 * 1024;

/** HTML before cleaning (webmail.md 3.4); `large` is what the reader may ask for. */
export interface HtmlLimits {
  readonly characters: number;
  readonly tags: number;
  readonly depth: number;
  /** Elements the parser would make, counting formatting elements that it opens again in every block. */
  readonly elements: number;
}
export const normalHtml: HtmlLimits = { characters: 512 * 1024, tags: 20_000, depth: 256, elements: 40_000 };
export const largeHtml: HtmlLimits = {
  characters: 2 * 1024 * 1024,
  tags: 100_000,
  depth: 1_024,
  elements: 150_000,
};
/** Depth that is kept in the output; what is deeper becomes a child of the last element kept. */
export const maxOutputDepth = 256;
export const maxAttributes = 200;

/** The fallback when a worker was killed (M1). */
export const fallbackHeaderBytes = 64 * 1024;
export const fallbackBodyBytes = 256 * 1024;
