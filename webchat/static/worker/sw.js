// Runs when something is pushed, also while no page is open. It always shows something: a browser that is pushed to and shows
// nothing is not pushed to for long.
self.addEventListener('push', (event) => {
  const { title, body, click, id, unread } = event.data?.json() ?? {};
  const options = { body, tag: id ? `n-${id}` : undefined, data: { click } };
  self.navigator.setAppBadge?.(unread).catch(() => {});
  event.waitUntil(self.registration.showNotification(title || self.registration.scope, options));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { click } = event.notification.data;
  const path = click?.startsWith('/') ? click.slice(1) : click || 'inbox';
  event.waitUntil(opened(new URL(path, self.registration.scope).href));
});

// In the tab that shows it already, if there is one.
async function opened(url) {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const tab = tabs.find((each) => each.url.split('#')[0] === url.split('#')[0]);
  return tab ? tab.focus() : self.clients.openWindow(url);
}
