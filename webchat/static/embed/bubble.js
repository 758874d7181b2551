// <web-chat mode="bubble" site="shop">: the round button of a site's support, and the window that it opens. Nothing is loaded
// or kept before it is pressed. Attributes: position (right or left), title (what it is called), and those of a thread.

const SMALL = '(max-width: 520px), (max-height: 480px)';
const SAID = ['ready', 'unread', 'close']; // by the frame
const WORDS = { en: ['Write to us', 'Close', 'new'], zh: ['联系我们', '关闭', '条新消息'] };
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
  :host { display: contents !important; --x: calc(20px + env(safe-area-inset-right)); --y: calc(20px + env(safe-area-inset-bottom)); }
  .bubble, slot, dialog { position: fixed; z-index: 2147483647; inset: auto var(--x) var(--y) auto; box-sizing: border-box; }
  :host([position="left"]) :is(.bubble, slot, dialog) { inset-inline: calc(20px + env(safe-area-inset-left)) auto; direction: ltr; }
  button { border: 0; padding: 0; cursor: pointer; touch-action: manipulation; }
  button:focus-visible { outline: 3px solid Highlight; outline-offset: 3px; }
  .bubble { width: 56px; height: 56px; border-radius: 50%; color: var(--wc-on-accent, oklch(from var(--wc-accent, #1a6a4c) clamp(0, 570 - l * 1000, 1) 0 0)); background: var(--wc-accent, #1a6a4c); box-shadow: 0 4px 16px #0005; }
  .bubble::before, .shut::before { content: ""; position: absolute; inset: 0; background: currentColor; clip-path: path("M17 17h22a4 4 0 0 1 4 4v13a4 4 0 0 1-4 4H27l-7 6v-6h-3a4 4 0 0 1-4-4V21a4 4 0 0 1 4-4z"); }
  .bubble span { position: absolute; inset: -4px -4px auto auto; min-width: 22px; padding-inline: 6px; border-radius: 11px; box-sizing: border-box; font: 600 13px/22px system-ui, sans-serif; color: #fff; background: #c4232b; }
  .bubble span:empty { display: none; }
  dialog { margin: 0; padding: 0; border: 0; overflow: hidden; max-width: none; max-height: none; width: 384px; height: min(640px, 100dvh - 108px - env(safe-area-inset-bottom)); bottom: calc(68px + var(--y)) !important; border-radius: var(--wc-radius, 12px); background: var(--wc-ground, Canvas); box-shadow: 0 8px 40px #0006; animation: rise .18s ease-out; }
  dialog:modal { inset: 0 !important; width: 100%; height: 100dvh; padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); border-radius: 0; }
  ::backdrop { background: none; }
  iframe { display: block; width: 100%; height: 100%; border: 0; }
  iframe:not(.ready) { visibility: hidden; }
  .shut { position: absolute; inset: calc(6px + env(safe-area-inset-top)) calc(6px + env(safe-area-inset-right)) auto auto; width: 44px; height: 44px; color: #767676; background: none; border-radius: 50%; }
  .shut::before { clip-path: path("M15 13l7 7 7-7 2 2-7 7 7 7-2 2-7-7-7 7-2-2 7-7-7-7z"); }
  slot { padding: 12px 16px; border-radius: 28px; background: Canvas; box-shadow: 0 4px 16px #0005; }
  dialog[open] ~ .bubble span { display: none; }
  dialog:not(:has(.failed:not(.ready))) ~ slot, dialog:has(.failed:not(.ready)) ~ .bubble { display: none; }
  @media (forced-colors: active) { .bubble, dialog { outline: 2px solid ButtonText; outline-offset: -2px; } .bubble::before, .shut::before { background: ButtonText; } }
  @keyframes rise { from { opacity: 0; transform: translateY(12px); } }
  @media (prefers-reduced-motion: reduce) { dialog { animation: none; } }`);

export class Bubble {
  constructor(element) {
    this.element = element;
    [this.button, this.window, this.shut, this.badge, this.slot] = ['button', 'dialog', 'button', 'span', 'slot'].map((tag) => document.createElement(tag));
    Object.assign(this.button, { type: 'button', className: 'bubble', part: 'bubble', ariaHasPopup: 'dialog', onclick: () => (this.window.open ? this.close() : this.open()) }).append(this.badge);
    Object.assign(this.shut, { type: 'button', className: 'shut', onclick: () => this.close() });
    Object.assign(this.window, { onclose: () => this.told(), onkeydown: ({ key }) => key === 'Escape' && this.close() }).append(this.shut);
    element.addEventListener('webchat', ({ detail }) => SAID.includes(detail.type) && this[detail.type](detail));
  }

  hang() {
    const { shadowRoot, lang } = this.element;
    [this.label, this.shut.ariaLabel, this.new] = WORDS[(lang || document.documentElement.lang).slice(0, 2)] ?? WORDS.en;
    this.label = this.window.ariaLabel = this.element.title || this.label;
    const link = Object.assign(document.createElement('a'), { href: new URL(`embed/${encodeURIComponent(this.element.getAttribute('site'))}/support`, import.meta.url), target: '_blank', textContent: this.label });
    this.slot.replaceChildren(link); // for a page whose owner wrote none
    shadowRoot.adoptedStyleSheets = [SHEET];
    shadowRoot.replaceChildren(this.window, this.button, this.slot);
    this.close();
    this.unread({ count: 0 });
  }

  open() {
    if (this.window.open) return;
    if (!this.element.frame?.matches(':not(.failed), .ready')) {
      this.window.replaceChildren(this.shut);
      this.element.load(this.window);
    }
    this.window.style.colorScheme = this.element.frame.style.colorScheme;
    if (matchMedia(SMALL).matches) this.window.showModal();
    else this.window.show();
    this.told();
  }

  close() { this.window.close(); }

  ready() { this.told(); }

  // The frame counts what comes while nobody can see it.
  unread({ count }) {
    this.badge.textContent = count > 99 ? '99+' : count || '';
    this.button.ariaLabel = count ? `${this.label}: ${count} ${this.new}` : this.label;
  }

  told() {
    const { open } = this.window;
    this.button.ariaExpanded = String(open);
    this.element.port?.postMessage({ open, page: location.origin + location.pathname });
    if (open) this.element.frame?.focus();
  }
}
