/** How closely the load watches its own event loop: ms from one look to the next, and the least delay of one that is noted. */
export const LOOK_MS = 50;
export const LEAST_STANDSTILL_MS = 50;
