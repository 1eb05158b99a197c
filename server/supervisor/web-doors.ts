// The doors of the webmail in control/listen: http in clear text (for a proxy in front, and for the questions of a
// certificate authority), https with the certificates of the other doors. One of each.

export const webDoorNames = ['http', 'https'] as const;
export type WebDoorName = (typeof webDoorNames)[number];

export const isWebDoor = (name: string): name is WebDoorName => webDoorNames.some((each) => each === name);
