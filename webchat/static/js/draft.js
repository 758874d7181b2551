// What is being written in a frame, kept for its tab, where the browser lets it.
export function draft(of) { try { return sessionStorage.getItem(`text:${of}`) ?? ''; } catch { return ''; } }

export function keep(of, text) { try { sessionStorage[text ? 'setItem' : 'removeItem'](`text:${of}`, text); } catch { return; } }
