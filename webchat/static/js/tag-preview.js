// <tag-preview data-accent="#1a6a4c" data-min-height="320px">: gives what it holds the style that its snippet says.
customElements.define('tag-preview', class extends HTMLElement {
  connectedCallback() {
    const { style } = this.firstElementChild;
    const { accent = '', height = '', minHeight = '' } = this.dataset;
    style.setProperty('--wc-accent', accent);
    Object.assign(style, { height, minHeight });
  }
});
