// <first-words><form><textarea></textarea></form></first-words>: what is said first, in a room that is made by it. Enter sends it
// as it does in a room that is there.
const HOVERS = matchMedia('(hover: hover)').matches; // not a screen that is only touched

customElements.define('first-words', class extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector('textarea');
    if (HOVERS) field.focus({ preventScroll: true });
    else field.enterKeyHint = 'enter';
    field.addEventListener('keydown', (event) => {
      const sends = event.key === 'Enter' && !event.shiftKey && !event.altKey && (HOVERS || event.ctrlKey || event.metaKey);
      if (!sends || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      if (field.value.trim()) field.form.requestSubmit();
    });
  }
});
