// Is a request's form one with files (RFC 7578)? All others were read before they come to their feature: who waited for
// their bytes again would wait for ever.
import type { Request } from 'express';

export const isMultipart = (req: Request): boolean => req.is('multipart/form-data') === 'multipart/form-data';
