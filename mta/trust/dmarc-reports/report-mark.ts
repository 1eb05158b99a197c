// Letters that are reports themselves: counted like all others, and never answered with a report of their own, or two hosts
// would report to each other for ever. Pure.

/** RFC 9990 3.5.2: the subject of a DMARC report. RFC 8460 5.3: the field of a TLS report. */
const marks = /^(?:subject:[ \t\r\n]*report[ \t\r\n]+domain:|tls-report-domain:)/im;

/** @param header the letter's whole header */
export const isReportHeader = (header: Buffer): boolean => marks.test(header.toString('latin1'));
