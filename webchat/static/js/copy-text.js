// <copy-text><input readonly><button data-done="…" hidden>…</button></copy-text>: the button copies the field.
customElements.define('copy-text', class extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector('input, textarea');
    const button = this.querySelector('button');
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.onclick = async () => {
      field.select();
      await navigator.clipboard.writeText(field.value).then(() => { button.textContent = button.dataset.done; }, () => null); // it is selected
    };
    field.onfocus = () => field.select();
  }
});
