// The one mailbox that a message is for, as far as a door knows it: whether the message would be over its quota or loops
// (spec/security.md R9). What a delivery would bounce for such a reason is refused while its sender can be told by a reply,
// as a bounce may go to somebody who never wrote. Only what is certain: with several recipients delivery decides.
import type { RecipientState } from '../accounts/types.ts';
import { splitAddress } from '../formats/address.ts';
import { makeDeliveredToLine } from '../local/environment.ts';
import { hasLine, hasLineInAnyCase } from '../local/loop.ts';
import type { Reply } from './reply.ts';
import { overQuotaReply } from './reply.ts';

/** A recipient that is delivered here. */
export interface LocalMailbox {
  /** For questions to the accounts: without the prepend of virtualdomains. */
  readonly lookup: string;
  /** As qmail-local will know it. */
  readonly delivered: string;
  /** The account (name@domain), where vdelivermail will deliver. */
  readonly account: string | undefined;
  readonly hasQuota: boolean;
}

/**
 * Bytes that every message has more in a Maildir than on the wire: the two Received lines, Return-Path and Delivered-To
 * at their shortest.
 */
const ADDED_BYTES = 170;

/** Bytes that a message of this size has in a mailbox at least. */
export const bytesInMailbox = (size: number): number => size + ADDED_BYTES;

/** The reply for a mailbox that is full; undefined: it is not. */
export const judgeMailbox = (state: RecipientState, isDeferred: boolean): Reply | undefined =>
  state.full === undefined ? undefined : overQuotaReply(state.full, isDeferred);

/**
 * Will the delivery find its own Delivered-To line? qmail-local: byte for byte; vdelivermail: the account's, in any case.
 * @param lines Delivered-To lines of the message without line feeds, one byte a character
 */
export function isLooping(lines: readonly string[], { delivered, lookup, account }: LocalMailbox): boolean {
  if (lines.length === 0) return false;
  if (hasLine(lines, makeDeliveredToLine(delivered))) return true;
  if (account === undefined) return false;
  const { local, domain } = splitAddress(lookup);
  return [account, `${local}@${domain}`].some((address) =>
    hasLineInAnyCase(lines, makeDeliveredToLine(address)),
  );
}
