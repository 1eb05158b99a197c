// qmail-send's orders to its spawn programs as calls: a DeliveryAgent for the queue whose work is done by another
// process, and the answering side of it. A role that dies takes no delivery with it: what it had not answered is asked
// once more of its successor; a second loss is a temporary failure, so that a letter cannot keep a role from living.
import { type Delivered, type DeliveryAgent, type DeliveryRequest, withFate } from '../delivery.ts';
import { temporary } from '../outcome.ts';
import type { Answer } from './answering.ts';
import { CallLost, createRoleClient } from './conversation.ts';
import type { CallFields } from './frames.ts';

/** Milliseconds before a lost delivery is asked for again. */
const pauseMilliseconds = 200;

/**
 * An agent that asks the role behind a socket.
 * @param crashed the report of a delivery that was lost twice
 * @param destinationOf told here: whose turn it is is not worth a question
 */
export function createDeliveryCalls(
  path: string,
  crashed: string,
  destinationOf?: DeliveryAgent['destinationOf'],
): DeliveryAgent & { readonly close: () => void } {
  const client = createRoleClient(path);
  let isClosed = false;
  const ask = async (request: DeliveryRequest): Promise<Delivered> =>
    readOutcome(await client.ask(fieldsOf(request), request.message));
  return {
    deliver: async (request) => {
      try {
        return await ask(request);
      } catch (error) {
        if (!(error instanceof CallLost)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
      try {
        if (!isClosed) return await ask(request);
      } catch (error) {
        if (!(error instanceof CallLost)) throw error;
      }
      return temporary(crashed);
    },
    ...(destinationOf === undefined ? {} : { destinationOf }),
    close: () => {
      isClosed = true;
      client.close();
    },
  };
}

/** Does what is asked for with an agent of this process. */
export function answerDeliveries(agent: DeliveryAgent): Answer {
  return async ({ fields, body }) => {
    const request = readRequest(fields, body);
    if (!request) return { code: 'Z', text: 'Internal error in delivery. (#4.3.0)' };
    return { ...(await agent.deliver(request)) };
  };
}

/** What can be said of a request in JSON; its bytes go beside. */
export function fieldsOf(request: DeliveryRequest): CallFields {
  const { id, path, size, sender, recipient, dsn, message } = request;
  return {
    id,
    path,
    size,
    sender,
    recipient,
    isWhole: message !== undefined,
    ...(dsn === undefined ? {} : { dsn }),
  };
}

/** The request of a frame; undefined when a field is not what it must be. */
export function readRequest(fields: CallFields, body: Buffer): DeliveryRequest | undefined {
  const { id, path, size, sender, recipient, isWhole, dsn } = fields;
  if (typeof id !== 'string' || !/^[A-Za-z0-9._-]{1,100}$/.test(id)) return undefined;
  if (typeof path !== 'string' || typeof sender !== 'string' || typeof recipient !== 'string')
    return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  if (isWhole === true && body.length !== size) return undefined;
  return {
    id,
    path,
    size,
    sender,
    recipient,
    message: isWhole === true ? body : undefined,
    ...(typeof dsn === 'object' && dsn !== null ? { dsn } : {}),
  };
}

const fates = ['passed on', 'relayed', 'expanded'] as const;

/** The outcome of an answer; what is none is temporary. */
export function readOutcome({ code, text, fate, isTooMuch }: CallFields): Delivered {
  if ((code === 'K' || code === 'Z' || code === 'D') && typeof text === 'string')
    return withFate(
      { code, text, ...(isTooMuch === true ? { isTooMuch } : {}) },
      fates.find((each) => each === fate),
    );
  return temporary('report mangled, will defer');
}
