/*
 * The least that forwarding over UDP costs: receive a datagram, send it N times, nothing else. Both sockets are this process's own, and so is the generator.
 *
 *   udp-forward <receivers> <bytes> <datagrams>
 *
 * prints the CPU time of the process in microseconds.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

static int bound(struct sockaddr_in *at) {
  socklen_t length = sizeof *at;
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  memset(at, 0, sizeof *at);
  at->sin_family = AF_INET;
  at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (s < 0 || bind(s, (struct sockaddr *)at, sizeof *at) || getsockname(s, (struct sockaddr *)at, &length)) {
    perror("socket");
    exit(1);
  }
  return s;
}

static long long cpu(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

int main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  int receivers = atoi(argv[1]), bytes = atoi(argv[2]), datagrams = atoi(argv[3]);
  struct sockaddr_in in_at, sink_at, from;
  char buffer[2048] = {0};
  int in = bound(&in_at);
  bound(&sink_at); /* Nobody reads it: the kernel drops what is too much, for both peers alike. */
  long long began = cpu();
  for (int i = 0; i < datagrams; i++) {
    socklen_t length = sizeof from;
    sendto(in, buffer, bytes, 0, (struct sockaddr *)&in_at, sizeof in_at);
    ssize_t got = recvfrom(in, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length);
    for (int n = 0; n < receivers; n++)
      sendto(in, buffer, got, 0, (struct sockaddr *)&sink_at, sizeof sink_at);
  }
  printf("%lld\n", cpu() - began);
  return 0;
}
