/** Gives the number of tokens of a text. */
export type CountText = (text: string) => number;
