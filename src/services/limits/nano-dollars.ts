/**
 * Nano-dollars in a US dollar. Costs are whole numbers of them: a call's is rounded once, and from then on everything
 * adds up exactly, up to nine million dollars in one sum.
 */
export const NANO_DOLLARS = 1_000_000_000;
