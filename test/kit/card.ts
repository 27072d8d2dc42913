/**
 * The number of a card that must not be said, or its beginning, as a reader sees it; not those digits in a time, an id or a
 * figure.
 */
export const shownCard = /(?<![\w:-])4111(?![\w-])/;
