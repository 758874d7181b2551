// What a key means where something is written. Those of an input method are its own: some browsers say so by the number only.
const HOVERS = matchMedia('(hover: hover)').matches; // not a screen that is only touched

export const composing = (event) => event.isComposing || event.keyCode === 229;

// Enter sends, Shift+Enter makes a line; with fingers Enter does, too, and Ctrl+Enter of a keyboard sends.
export const sends = (event) => event.key === 'Enter' && !event.shiftKey && !event.altKey && (HOVERS || event.ctrlKey || event.metaKey) && !composing(event);
