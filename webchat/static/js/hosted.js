// The page around a frame, and how it wants the frame to look.
const LOOKS = {
  accent: 'color', 'on-accent': 'color', ink: 'color', soft: 'color', line: 'color', ground: 'color', raised: 'color',
  font: 'font-family', size: 'font-size', radius: 'border-radius',
};

// The port comes from the page around this frame, if it is one of the site's or ours, and once.
export function meet(origins, met) {
  const { dataset } = document.documentElement;
  addEventListener('message', ({ source, origin, data, ports: [port] }) => {
    if ('hosted' in dataset || source !== parent || !port || ![location.origin, ...origins.split(' ')].includes(origin)) return;
    dataset.hosted = '';
    met(port, data);
  });
}

export function look({ theme, vars }) {
  const { dataset, style } = document.documentElement;
  if (['light', 'dark'].includes(theme)) dataset.theme = theme;
  for (const [name, property] of Object.entries(LOOKS)) {
    if (CSS.supports(property, String(vars?.[name] ?? ''))) style.setProperty(`--wc-${name}`, vars[name]);
  }
}
